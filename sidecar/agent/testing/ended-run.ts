import type { RunResult } from '../rsync/run.ts';
import { parseStats } from '../rsync/stats.ts';

/** What a run that went well ends with; `printed` is its statistics. */
export const endedRun = (printed = ''): RunResult => ({
  outcome: 'ok',
  code: 0,
  reason: undefined,
  message: '',
  complaints: [],
  complaintsCut: false,
  stats: parseStats(printed),
  traffic: { sent: 0, received: 0 },
  durationMs: 1,
});
