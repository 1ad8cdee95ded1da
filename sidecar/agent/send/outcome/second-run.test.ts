import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../../rsync/run.ts';
import { parseStats } from '../../rsync/stats.ts';
import type { PlannedRun } from '../plan-runs.ts';
import { secondRun } from './second-run.ts';

const names = new Set(['a', 'b', 'new']);
const linked: PlannedRun = { flavor: 'newLinks', paths: ['a', 'new'], names, bytes: 0 };
const appended: PlannedRun = { flavor: 'append', paths: ['log'], bytes: 9 };

for (const { what, run, outcome = 'ok', transferred, second } of [
  { what: 'new names that were linked', run: linked, transferred: 0, second: undefined },
  {
    what: 'new names of what had to be sent',
    run: linked,
    transferred: 1,
    second: { flavor: 'links', paths: ['a', 'b', 'new'] },
  },
  { what: 'new names after which the way broke', run: linked, outcome: 'again', transferred: 1, second: undefined },
  { what: 'an append', run: appended, transferred: 1, second: undefined },
  {
    what: 'an append that was passed over',
    run: appended,
    transferred: 0,
    second: { flavor: 'content', paths: ['log'] },
  },
  {
    what: 'content',
    run: { flavor: 'content', paths: ['c'], bytes: 1 } as const,
    transferred: 0,
    second: undefined,
  },
] as const)
  test(`${what}: ${second === undefined ? 'nothing follows' : `${second.flavor} follows`}`, () => {
    const stats = { ...parseStats(''), transferred };
    const result: RunResult = {
      outcome,
      code: 0,
      reason: undefined,
      message: '',
      complaints: [],
      complaintsCut: false,
      stats,
      traffic: { sent: 0, received: 0 },
      durationMs: 1,
    };
    const found = secondRun(run as PlannedRun, result);
    assert.deepEqual(found && { flavor: found.flavor, paths: found.paths }, second);
  });
