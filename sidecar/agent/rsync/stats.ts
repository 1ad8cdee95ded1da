import type { Traffic } from './tunnel.ts';

/** What `--stats` says at the end of a run. Bytes and counts; 0 where a line is missing. */
export interface RunStats {
  readonly files: number;
  readonly directories: number;
  readonly created: number;
  readonly deleted: number;
  readonly transferred: number;
  /** Their sizes. */
  readonly transferredBytes: number;
  readonly literalBytes: number;
  readonly matchedBytes: number;
}

const patterns: Readonly<Record<keyof RunStats, RegExp>> = {
  files: /^Number of files: (\d+)/m,
  directories: /^Number of files: .*\bdir: (\d+)/m,
  created: /^Number of created files: (\d+)/m,
  deleted: /^Number of deleted files: (\d+)/m,
  transferred: /^Number of regular files transferred: (\d+)/m,
  transferredBytes: /^Total transferred file size: (\d+)/m,
  literalBytes: /^Literal data: (\d+)/m,
  matchedBytes: /^Matched data: (\d+)/m,
};

/** Parses the output of `--stats --no-human-readable` (plain digits). */
export function parseStats(stdout: string): RunStats {
  const read = (key: keyof RunStats): number => Number(patterns[key].exec(stdout)?.[1] ?? 0);
  return {
    files: read('files'),
    directories: read('directories'),
    created: read('created'),
    deleted: read('deleted'),
    transferred: read('transferred'),
    transferredBytes: read('transferredBytes'),
    literalBytes: read('literalBytes'),
    matchedBytes: read('matchedBytes'),
  };
}

/** Whether an output has the statistics of a run, which come last. */
export const hasStats = (stdout: string): boolean => patterns.files.test(stdout);

const sent = /^Total bytes sent: (\d+)/m;
const received = /^Total bytes received: (\d+)/m;

/** What crossed as rsync counts it, where no tunnel of ours does. */
export const parseTraffic = (stdout: string): Traffic => ({
  sent: Number(sent.exec(stdout)?.[1] ?? 0),
  received: Number(received.exec(stdout)?.[1] ?? 0),
});
