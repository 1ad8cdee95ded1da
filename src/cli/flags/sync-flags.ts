/** How a flag's text becomes the value of a field. */
export type FlagKind = 'text' | 'number' | 'boolean' | 'list' | 'patterns' | 'preserve';

/** A field of the spec that is also a flag and an environment variable. */
export interface SyncFlag {
  /** As commander writes it. */
  readonly flag: string;
  readonly field: string;
  readonly kind: FlagKind;
  readonly help: string;
}

/** Every sync setting, in the order of the help text. */
export const syncFlags: readonly SyncFlag[] = [
  {
    flag: '--exclude <pattern>',
    field: 'filter.exclude',
    kind: 'patterns',
    help: 'rsync pattern of what is not copied (repeatable)',
  },
  {
    flag: '--include <pattern>',
    field: 'filter.include',
    kind: 'patterns',
    help: 'pattern of what is copied although excluded (repeatable)',
  },
  {
    flag: '--max-file-size <quantity>',
    field: 'filter.maxFileSize',
    kind: 'text',
    help: 'larger files are not sent, for example 1Gi',
  },
  {
    flag: '--events <list>',
    field: 'events',
    kind: 'list',
    help: 'which changes count at once: Write,Create,Delete,Move,Attributes',
  },
  {
    flag: '--min-interval <duration>',
    field: 'sync.minInterval',
    kind: 'text',
    help: 'least time between two runs (0s adapts)',
  },
  {
    flag: '--max-delay <duration>',
    field: 'sync.maxDelay',
    kind: 'text',
    help: 'a file that is never closed is sent this often (1s)',
  },
  {
    flag: '--workers <n>',
    field: 'sync.workers',
    kind: 'number',
    help: 'rsync runs at a time for one target, 1 to 32 (4)',
  },
  {
    flag: '--lock-timeout <duration>',
    field: 'sync.lockTimeout',
    kind: 'text',
    help: 'how long work on a path waits for other work there before it is put back (10m)',
  },
  {
    flag: '--delete <mode>',
    field: 'sync.delete',
    kind: 'text',
    help: 'Mirror or Keep what goes at the source (Mirror)',
  },
  {
    flag: '--delete-guard-percent <n>',
    field: 'sync.deleteGuard.maxPercent',
    kind: 'number',
    help: 'hold larger deletions of a full pass (50)',
  },
  {
    flag: '--delete-guard-files <n>',
    field: 'sync.deleteGuard.minFiles',
    kind: 'number',
    help: 'this many deletions are never held (100)',
  },
  {
    flag: '--delete-guard-keep <duration>',
    field: 'sync.deleteGuard.keep',
    kind: 'text',
    help: 'how long a receiver keeps what a mass of deletions took away (1h)',
  },
  {
    flag: '--bandwidth-limit <quantity>',
    field: 'sync.bandwidthLimit',
    kind: 'text',
    help: 'bytes a second for each target, for example 50Mi',
  },
  {
    flag: '--low-priority-above <quantity>',
    field: 'sync.lowPriorityAbove',
    kind: 'text',
    help: 'larger files go when nothing else waits, for example 1Gi',
  },
  { flag: '--compression <method>', field: 'sync.compression', kind: 'text', help: 'None, zstd or lz4 (None)' },
  {
    flag: '--preserve <list>',
    field: 'sync.preserve',
    kind: 'preserve',
    help: 'what is kept besides content; - turns off: owners,-xattrs',
  },
  {
    flag: '--full-pass-schedule <cron>',
    field: 'sync.fullPass.schedule',
    kind: 'text',
    help: 'when the whole tree is compared (@hourly)',
  },
  {
    flag: '--full-pass-exclude <pattern>',
    field: 'sync.fullPass.filter.exclude',
    kind: 'patterns',
    help: 'what a comparison by the schedule leaves out (repeatable)',
  },
  {
    flag: '--full-pass-jitter <duration>',
    field: 'sync.fullPass.jitter',
    kind: 'text',
    help: 'random delay of it (10m)',
  },
  {
    flag: '--checkpoints-schedule <cron>',
    field: 'checkpoints.schedule',
    kind: 'text',
    help: 'when the application is asked to be still for a checkpoint (on request)',
  },
  {
    flag: '--checkpoints-still-url <url>',
    field: 'checkpoints.stillUrl',
    kind: 'text',
    help: 'where it is asked, on the loopback: http://127.0.0.1:8080/still',
  },
  {
    flag: '--checkpoints-timeout <duration>',
    field: 'checkpoints.timeout',
    kind: 'text',
    help: 'for how long it is still at most (30s)',
  },
  {
    flag: '--verify-metadata <when>',
    field: 'verify.metadata',
    kind: 'text',
    help: 'Continuous or Never: names and attributes of both sides are compared all the time (Continuous)',
  },
  {
    flag: '--verify-mode <mode>',
    field: 'verify.mode',
    kind: 'text',
    help: 'Checksum or Metadata: what is compared by schedule and on request (Checksum)',
  },
  {
    flag: '--verify-schedule <cron>',
    field: 'verify.schedule',
    kind: 'text',
    help: 'when both sides are compared besides (on request)',
  },
  {
    flag: '--verify-repair <yes>',
    field: 'verify.repair',
    kind: 'boolean',
    help: 'true or false: send again what differs (true)',
  },
  {
    flag: '--verify-read-limit <quantity>',
    field: 'verify.readLimit',
    kind: 'text',
    help: 'bytes a second that checksums read of each side (100Mi)',
  },
  { flag: '--retry-initial <duration>', field: 'retry.initial', kind: 'text', help: 'first wait after a failure (1s)' },
  { flag: '--retry-max <duration>', field: 'retry.max', kind: 'text', help: 'longest wait after failures (5m)' },
  { flag: '--max-lag <duration>', field: 'maxLag', kind: 'text', help: 'a target within it is in sync (10s)' },
  {
    flag: '--restore <when>',
    field: 'restore',
    kind: 'text',
    help: 'IfEmpty fills an empty source from the first target (Never)',
  },
];

/** `--max-delay <duration>` → `--max-delay`, `-f, --file <path>` → `--file`. */
export const flagName = (flag: string): string => /--[a-z-]+/.exec(flag)?.[0] ?? flag;

/** `--max-delay` → `SYNCREPLICA_MAX_DELAY`. */
export const environmentName = (flag: string): string =>
  `SYNCREPLICA_${flagName(flag).slice(2).replaceAll('-', '_').toUpperCase()}`;

/** `--max-delay` → `maxDelay`, the key under which commander keeps it. */
export const optionKey = (flag: string): string =>
  flagName(flag)
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
