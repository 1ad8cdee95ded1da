import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PassRequest } from './pass-request.ts';
import { isOwed, mergePasses, PassSchedule } from './pass-schedule.ts';

const request = (change: Partial<PassRequest> = {}): PassRequest => ({
  subtrees: [''],
  reason: 'start',
  sequence: 10,
  at: 1_000,
  since: undefined,
  sourceReplaced: false,
  announced: [],
  mayBeProven: false,
  ...change,
});

test('nothing is behind because of a pass that only looks', () => {
  for (const reason of ['schedule', 'requested'] as const) assert.equal(isOwed(request({ reason })), false);
  for (const reason of ['start', 'overflow', 'retry', 'moved-in', 'root-replaced'] as const)
    assert.equal(isOwed(request({ reason })), true);
});

test('two requests become one that does both', () => {
  const table: readonly (readonly [Partial<PassRequest>, Partial<PassRequest>, Partial<PassRequest>])[] = [
    [{ subtrees: ['a'] }, { subtrees: ['b', 'a'] }, { subtrees: ['a', 'b'] }],
    [{ subtrees: ['a'] }, { subtrees: [''] }, { subtrees: [''] }],
    [{ sequence: 5 }, { sequence: 3 }, { sequence: 3 }],
    [{ reason: 'schedule' }, { reason: 'requested' }, { reason: 'requested' }],
    [{ reason: 'requested' }, { reason: 'schedule' }, { reason: 'requested' }],
    [
      { reason: 'schedule', at: 1 },
      { reason: 'retry', at: 7 },
      { reason: 'retry', at: 7 },
    ],
    [
      { reason: 'retry', at: 7 },
      { reason: 'schedule', at: 1 },
      { reason: 'retry', at: 7 },
    ],
    [
      { reason: 'retry', at: 7 },
      { reason: 'start', at: 1 },
      { reason: 'retry', at: 1 },
    ],
    [{ since: 5 }, { since: undefined }, { since: 5 }],
    [{ since: 5 }, { since: 3 }, { since: 3 }],
    [{ sourceReplaced: true }, {}, { sourceReplaced: true }],
    [{ mayBeProven: true }, { reason: 'retry' }, { mayBeProven: false }],
    [{ mayBeProven: true }, { mayBeProven: true }, { mayBeProven: true }],
    [{ announced: [''] }, { announced: [''] }, { announced: [''] }],
    // What went while nobody watched was not announced, whatever happened since.
    [{ announced: [''] }, {}, {}],
    [{}, { announced: ['', 'a'] }, { announced: ['a'] }],
    // Of a root that is gone nothing explains what the new one lacks.
    [{ announced: ['a'] }, { sourceReplaced: true }, { sourceReplaced: true }],
    [{ announced: [''] }, { subtrees: ['a'], announced: ['a'] }, { announced: ['', 'a'] }],
  ];
  for (const [a, b, expected] of table) assert.deepEqual(mergePasses(request(a), request(b)), request(expected));
  const many = Array.from({ length: 60 }, (_, n) => `${n}`);
  const merged = mergePasses(request({ subtrees: many }), request({ subtrees: many.map((path) => `x${path}`) }));
  assert.deepEqual(merged.subtrees, ['']);
});

test('one runs at a time, and one that did not end well comes again with what was asked since', () => {
  const schedule = new PassSchedule();
  assert.equal(schedule.start(), undefined);
  schedule.request(request({ subtrees: ['a'], sequence: 4 }));
  const first = schedule.start();
  assert.deepEqual(first?.subtrees, ['a']);
  schedule.request(request({ subtrees: ['b'], sequence: 9 }));
  assert.equal(schedule.start(), undefined);
  assert.equal(schedule.owed.length, 2);
  schedule.finish(false);
  assert.equal(schedule.running, undefined);
  const again = schedule.start();
  assert.deepEqual([...(again?.subtrees ?? [])].sort(), ['a', 'b']);
  assert.equal(again?.sequence, 4);
  schedule.finish(true);
  assert.equal(schedule.start(), undefined);
  assert.deepEqual(schedule.owed, []);
});
