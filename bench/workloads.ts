import type { Workload } from './workload.ts';
import { makeDailyWorkload } from './workloads/daily/daily-work.ts';
import { dailyWorks } from './workloads/daily/daily-works.ts';
import { append } from './workloads/latency/append.ts';
import { fiveTargets } from './workloads/latency/five-targets.ts';
import { oneFile } from './workloads/latency/one-file.ts';
import { oneFileUnderLoads } from './workloads/latency/one-file-under-load.ts';
import { oneWhileBig } from './workloads/latency/one-while-big.ts';
import { polledSource } from './workloads/latency/polled-source.ts';
import { roundTrips } from './workloads/latency/round-trip.ts';
import { sameSize } from './workloads/latency/same-size.ts';
import { duringFirstCopy, firstCopy } from './workloads/whole/first-copy.ts';
import { idle } from './workloads/whole/idle.ts';
import { largeTree } from './workloads/whole/large-tree.ts';
import { overflow } from './workloads/whole/overflow.ts';
import { renameDirectory } from './workloads/whole/rename-directory.ts';
import { stormWorkload } from './workloads/whole/storm.ts';
import { targetAway } from './workloads/whole/target-away.ts';

/** Every workload, in the order of the table. */
export const allWorkloads: readonly Workload[] = [
  ...[oneFile, ...oneFileUnderLoads, oneWhileBig, duringFirstCopy, ...roundTrips, append, sameSize],
  ...[fiveTargets, polledSource],
  ...dailyWorks.map(makeDailyWorkload),
  ...[firstCopy, largeTree, renameDirectory, stormWorkload, overflow, targetAway, idle],
];
