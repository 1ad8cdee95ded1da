/** What a model run was asked for on its command line. */
export interface RsyncOptions {
  readonly recursive: boolean;
  readonly dryRun: boolean;
  readonly itemize: boolean;
  readonly ignoreTimes: boolean;
  /** Content is read and compared while the list is made. */
  readonly checksum: boolean;
  readonly append: boolean;
  readonly hardLinks: boolean;
  readonly perms: boolean;
  readonly times: boolean;
  readonly specials: boolean;
  readonly delete: boolean;
  readonly ignoreErrors: boolean;
  readonly force: boolean;
  readonly missingArgs: 'fail' | 'ignore' | 'delete';
  readonly maxDelete: number;
  readonly partialDirectory: string | undefined;
  readonly temporaryDirectory: string | undefined;
  /** No list: the whole source. */
  readonly everything: boolean;
}

/** These change nothing that a model can show. */
const withoutEffect =
  /^--(links|numeric-ids|modify-window=-1|8-bit-output|no-human-readable|no-motd|sockopts=.*|from0|files-from=-|dirs|stats|owner|group|xattrs|acls|filter=-x! user\.\*|filter=- \/lost\+found\/|compress|compress-choice=.*|sparse|exclude=\/lost\+found|timeout=.*|no-inc-recursive)$/;

/** @throws Error at a flag that the model doesn't know: it would not be true any more */
export function parseFlags(flags: readonly string[]): RsyncOptions {
  const known = new Map<string, string>();
  const has = (name: string): boolean => known.has(name);
  for (const flag of flags) {
    const [name = '', value = ''] = flag.split('=', 2);
    if (modelled.has(name)) known.set(name, value);
    else if (!withoutEffect.test(flag)) throw new Error(`model rsync: it does not know ${flag}`);
  }
  return {
    recursive: has('--recursive'),
    dryRun: has('--dry-run'),
    itemize: has('--out-format'),
    ignoreTimes: has('--ignore-times'),
    checksum: has('--checksum'),
    append: has('--append-verify'),
    hardLinks: has('--hard-links'),
    perms: has('--perms'),
    times: has('--times'),
    specials: has('--specials'),
    delete: has('--delete'),
    ignoreErrors: has('--ignore-errors'),
    force: has('--force'),
    missingArgs: has('--delete-missing-args') ? 'delete' : has('--ignore-missing-args') ? 'ignore' : 'fail',
    maxDelete: has('--max-delete') ? Number(known.get('--max-delete')) : Number.POSITIVE_INFINITY,
    partialDirectory: known.get('--partial-dir'),
    temporaryDirectory: known.get('--temp-dir'),
    everything: !flags.includes('--files-from=-'),
  };
}

const modelled: ReadonlySet<string> = new Set(
  [
    'recursive dry-run out-format ignore-times checksum append-verify hard-links perms times devices specials delete ignore-errors',
    'force delete-missing-args ignore-missing-args max-delete partial-dir temp-dir',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `--${name}`),
);
