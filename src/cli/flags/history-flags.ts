import { pastFlags } from '../../past/past-flags.ts';
import type { Flag } from './flag.ts';

/** What is asked of the past, and of whom. */
export const historyFlags: readonly Flag[] = [
  { flag: '--target <url>', help: 'the receiver: srep://HOST:PORT/VOLUME' },
  { flag: '--dir <dir>', help: 'instead: the target of a syncreplica local that runs' },
  ...pastFlags,
  { flag: '--in-place', help: 'roll the replica itself back; its source is refused until history resume' },
];
