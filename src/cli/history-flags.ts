import type { Flag } from './flag.ts';

/** What is asked of the past, and of whom. */
export const historyFlags: readonly Flag[] = [
  { flag: '--target <url>', help: 'the receiver: srep://HOST:PORT/VOLUME' },
  { flag: '--at <time>', help: '14:05, 2026-03-01T14:05:00Z, or 10m for ten minutes ago' },
  { flag: '--any', help: 'the last moment before, also one at which changes were under way' },
  { flag: '--consistent', help: 'the last checkpoint before for which the application was still' },
  { flag: '--path <path>', help: 'what is restored (repeatable; all)', repeatable: true },
  { flag: '--to <dir>', help: 'restore a copy into a directory that is new' },
  { flag: '--in-place', help: 'roll the replica itself back; its source is refused until history resume' },
  { flag: '--limit <n>', help: 'lines at most (1000)' },
];
