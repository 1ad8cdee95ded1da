import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';

/**
 * What a run is for; each is one fixed command line.
 * - `content`: listed paths, whatever size and mtime say; what is missing at the source is left alone.
 * - `delete`: listed paths are deleted, whatever the source has there: it is sent from a directory in which nothing is.
 * - `holes`: as `content`, for a file that is mostly holes: compressed, they cost nothing on the way.
 * - `links`: as `content`, keeping hard links among the listed names.
 * - `newLinks`: the same of small files where nothing but new names was made: what the target has is compared by content and linked, not written anew.
 * - `attributes`: listed paths by quick check, so that a chmod of a big file doesn't read it.
 * - `append`: listed files that have only grown: what is there is verified, the rest appended in place.
 * - `compare`: a dry run over listed subtrees that prints what differs.
 * - `compareLinks`: the same with hard links.
 * - `checksum`: as `compare`, and all content is read and compared.
 * - `checksumListed`: the same for listed names alone, without what is below them.
 * - `pull`: the whole replica back into an empty source; it prints how far it is.
 * - `pullCount`: a dry run that says what a `pull` has to bring.
 */
export type Flavor =
  | 'content'
  | 'holes'
  | 'delete'
  | 'links'
  | 'newLinks'
  | 'attributes'
  | 'append'
  | 'compare'
  | 'compareLinks'
  | 'checksum'
  | 'checksumListed'
  | 'pull'
  | 'pullCount';

export interface FlagOptions {
  readonly sync: SyncSettings;
  /** The filter as rsync arguments. */
  readonly filterArgs: readonly string[];
  /** What the kind of target needs besides (temporary and partial directories). */
  readonly targetArgs: readonly string[];
  /** What the target rounds times of files down to, ns; 1 where it keeps them. */
  readonly timeGranularityNs?: number;
  /** The target keeps what is replaced: it moves a directory away that it is told of, and no run may remove another unasked. */
  readonly keepsReplaced?: boolean;
  /** Larger files are left out, bytes. */
  readonly maxFileSize?: number | undefined;
}

const comparing: ReadonlySet<Flavor> = new Set(['compare', 'compareLinks', 'checksum', 'checksumListed']);

/** What `compare` prints per entry: itemized change, length, name (no link targets: they may hold anything); see itemize.ts. */
export const compareFormat = '%i %l %n';

/** All command-line flags of one run, without source and destination. Source: rsync(1) 3.5. */
export function rsyncFlags(flavor: Flavor, options: FlagOptions): string[] {
  const { sync } = options;
  const mirror = sync.delete === 'Mirror';
  const flags = [
    '--links',
    '--numeric-ids',
    `--modify-window=${modifyWindow(flavor, options.timeGranularityNs ?? 1)}`,
    '--8-bit-output',
    '--no-human-readable',
    '--no-motd',
    '--sockopts=TCP_NODELAY',
    // rsync 3.5.0 writes wrong bytes when it appends sparsely, with exit 0.
    ...preserveFlags(flavor === 'append' ? { ...sync, preserve: { ...sync.preserve, sparse: false } } : sync),
    ...compressionFlags(sync),
  ];
  if (flavor === 'pull' || flavor === 'pullCount') {
    flags.push('--recursive', '--hard-links', '--stats', '--exclude=/lost+found');
    return [...flags, ...(flavor === 'pull' ? ['--info=progress2', ...options.targetArgs] : ['--dry-run'])];
  }
  flags.push('--from0', '--files-from=-');
  // A comparison says which it leaves out, by `skip`.
  if (options.maxFileSize !== undefined)
    flags.push(`--max-size=${options.maxFileSize}`, ...(comparing.has(flavor) ? ['--info=skip1'] : []));
  switch (flavor) {
    case 'compare':
    case 'compareLinks':
    case 'checksum':
      flags.push('--recursive', '--dry-run', `--out-format=${compareFormat}`, '--stats');
      // One directory that can't be read must not hide what else is gone: every deletion is looked at again.
      if (mirror) flags.push('--delete', '--force', '--ignore-errors');
      if (flavor === 'compareLinks') flags.push('--hard-links');
      if (flavor === 'checksum') flags.push('--checksum');
      return [...flags, ...options.filterArgs];
    case 'checksumListed':
      flags.push('--dirs', '--dry-run', '--checksum', `--out-format=${compareFormat}`, '--stats');
      return [...flags, mirror ? '--delete-missing-args' : '--ignore-missing-args'];
    case 'delete':
      // A receiving rsync is told what to spare only with --delete, which acts in no directory but a listed ".".
      return [
        ...flags,
        ...(options.filterArgs.length > 1 ? ['--delete', ...options.filterArgs] : []),
        '--dirs',
        '--no-implied-dirs',
        '--delete-missing-args',
        '--force',
        '--stats',
      ];
    case 'attributes':
      break;
    case 'append':
      flags.push('--ignore-times', '--append-verify');
      break;
    case 'links':
      flags.push('--ignore-times', '--hard-links');
      break;
    case 'newLinks':
      flags.push('--checksum', '--hard-links');
      break;
    case 'holes':
      flags.push('--ignore-times');
      if (sync.compression === 'None') flags.push('--compress');
      break;
    case 'content':
      flags.push('--ignore-times');
      break;
  }
  // What became another type makes room; nothing else is ever deleted by these.
  if (mirror && options.keepsReplaced !== true) flags.push('--force');
  // Appending is done in place: rsync refuses it together with a directory for partial files.
  const targetArgs = options.targetArgs.filter((arg) => flavor !== 'append' || !arg.startsWith('--partial-dir='));
  return [...flags, '--ignore-missing-args', '--stats', ...targetArgs];
}

/**
 * Times are equal to the nanosecond or not at all: else they are neither compared nor set below a second. But where the target
 * can't keep them so, every comparison would find every file to differ, and a chmod would read it.
 */
function modifyWindow(flavor: Flavor, granularityNs: number): number {
  const wholeSeconds = Math.ceil(granularityNs / 1e9) - 1;
  if (granularityNs <= 1) return -1;
  if (flavor === 'attributes') return granularityNs < 1e9 ? -1 : wholeSeconds;
  return comparing.has(flavor) ? wholeSeconds : -1;
}

function preserveFlags({ preserve }: SyncSettings): string[] {
  const flags: string[] = [];
  if (preserve.permissions) flags.push('--perms');
  if (preserve.times) flags.push('--times');
  if (preserve.owners) flags.push('--owner', '--group');
  if (preserve.xattrs) flags.push('--xattrs');
  // A receiver without privileges can set user attributes only.
  if (preserve.xattrs && !preserve.owners) flags.push('--filter=-x! user.*');
  if (preserve.acls) flags.push('--acls');
  if (preserve.sparse) flags.push('--sparse');
  if (preserve.devices) flags.push('--devices', '--specials');
  return flags;
}

function compressionFlags({ compression }: SyncSettings): string[] {
  return compression === 'None' ? [] : ['--compress', `--compress-choice=${compression}`];
}
