import { compileFilter, type Filter } from '../../../../sidecar/filter/filter.ts';

/** What a model run was asked for on its command line. */
export interface RsyncOptions {
  readonly recursive: boolean;
  /** The directories above a listed name are sent too. */
  readonly impliedDirs: boolean;
  readonly dryRun: boolean;
  readonly itemize: boolean;
  readonly ignoreTimes: boolean;
  /** Content is read and compared while the list is made. */
  readonly checksum: boolean;
  readonly append: boolean;
  readonly hardLinks: boolean;
  readonly perms: boolean;
  readonly times: boolean;
  readonly xattrs: boolean;
  readonly specials: boolean;
  readonly delete: boolean;
  readonly ignoreErrors: boolean;
  readonly force: boolean;
  readonly missingArgs: 'fail' | 'ignore' | 'delete';
  readonly maxDelete: number;
  readonly partialDirectory: string | undefined;
  readonly temporaryDirectory: string | undefined;
  /** What is left out at the source, and spared at the target. */
  readonly filter: Filter;
  /** No list: the whole source. */
  readonly everything: boolean;
}

/** These change nothing that a model can show; what it takes with a cut of power may be more than is taken after `--fsync`. */
const withoutEffect =
  /^--(links|numeric-ids|modify-window=-1|8-bit-output|no-human-readable|no-motd|sockopts=.*|from0|files-from=-|dirs|stats|owner|group|acls|filter=-x! user\.\*|compress|compress-choice=.*|sparse|exclude=\/lost\+found|timeout=.*|no-inc-recursive|fsync)$/;

const isRule = /^--filter=[+-] /;

/** The first rule that matches counts. Exceptions come before what they are made from, and what a run leaves out besides first. */
function filterOf(rules: readonly string[]): Filter {
  const patternsOf = (sign: string, some: readonly string[]): string[] =>
    some.filter((rule) => rule.startsWith(sign)).map((rule) => rule.slice(2));
  const begin = rules.indexOf('- /lost+found/');
  const besides = compileFilter({ include: [], exclude: patternsOf('-', rules.slice(0, Math.max(0, begin))) });
  const rest = rules.slice(Math.max(0, begin));
  const own = compileFilter({ include: patternsOf('+', rest), exclude: patternsOf('-', rest) });
  return {
    excludes: (path, isDirectory) => besides.excludes(path, isDirectory) || own.excludes(path, isDirectory),
    canSkipDirectory: (path) => besides.canSkipDirectory(path) || own.canSkipDirectory(path),
    dependsOnLocation: besides.dependsOnLocation || own.dependsOnLocation,
  };
}

/** @throws Error at a flag that the model doesn't know: it would not be true any more */
export function parseFlags(flags: readonly string[]): RsyncOptions {
  const known = new Map<string, string>();
  const has = (name: string): boolean => known.has(name);
  const rules: string[] = [];
  for (const flag of flags) {
    const [name = '', value = ''] = flag.split('=', 2);
    if (isRule.test(flag)) rules.push(flag.slice('--filter='.length));
    else if (modelled.has(name)) known.set(name, value);
    else if (!withoutEffect.test(flag)) throw new Error(`model rsync: it does not know ${flag}`);
  }
  return {
    recursive: has('--recursive'),
    impliedDirs: !has('--no-implied-dirs'),
    dryRun: has('--dry-run'),
    itemize: has('--out-format'),
    ignoreTimes: has('--ignore-times'),
    checksum: has('--checksum'),
    append: has('--append-verify'),
    hardLinks: has('--hard-links'),
    perms: has('--perms'),
    times: has('--times'),
    xattrs: has('--xattrs'),
    specials: has('--specials'),
    delete: has('--delete'),
    ignoreErrors: has('--ignore-errors'),
    force: has('--force'),
    missingArgs: has('--delete-missing-args') ? 'delete' : has('--ignore-missing-args') ? 'ignore' : 'fail',
    maxDelete: has('--max-delete') ? Number(known.get('--max-delete')) : Number.POSITIVE_INFINITY,
    partialDirectory: known.get('--partial-dir'),
    temporaryDirectory: known.get('--temp-dir'),
    filter: filterOf(rules),
    everything: !flags.includes('--files-from=-'),
  };
}

const modelled: ReadonlySet<string> = new Set(
  [
    'recursive dry-run out-format ignore-times checksum append-verify hard-links perms times xattrs devices specials delete ignore-errors',
    'force no-implied-dirs delete-missing-args ignore-missing-args max-delete partial-dir temp-dir',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `--${name}`),
);
