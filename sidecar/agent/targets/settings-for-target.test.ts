import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ReplicationSettings,
  TargetOverrides,
  TargetSettings,
} from '../../../src/api/settings/replication-settings.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { divideReplicas } from './divide-replicas.ts';
import { groupBySchedule } from './pass-timers.ts';
import { settingsForTarget } from './settings-for-target.ts';
import { filtersInUse, makeWatchFilter } from './watch-filter.ts';

const target = (name: string, own: TargetOverrides & { password?: string } = {}, port = 1): TargetSettings => ({
  kind: 'rsyncd',
  name,
  host: 'h',
  port,
  module: 'm',
  ...own,
});
const settings = (targets: TargetSettings[], more: Partial<ReplicationSettings> = {}): ReplicationSettings => ({
  ...testSettings,
  source: '/s',
  targets,
  ...more,
});

test('what a target says counts for it in place of what is said for all', () => {
  const all = settings([], { filter: { exclude: ['*.tmp'], include: [] } });
  assert.deepEqual(settingsForTarget(all, target('a')), all);
  const filter = { exclude: ['/cache/'], include: [] };
  const sync = { workers: 1, delete: 'Keep', bandwidthLimit: 9_999, compression: 'zstd' } as const;
  const own = settingsForTarget(
    all,
    target('a', { filter, maxLagMs: 7, sync: { ...sync, fullPass: { schedule: '@daily' } } }),
  );
  assert.deepEqual(own, {
    ...all,
    filter,
    maxLagMs: 7,
    sync: { ...all.sync, ...sync, fullPass: { ...all.sync.fullPass, schedule: '@daily' } },
  });
});

const pauses: readonly [all: boolean, own: boolean | undefined, paused: boolean][] = [
  [false, undefined, false],
  [false, true, true],
  [false, false, false],
  [true, undefined, true],
  [true, false, true],
];
test('a pause for all is one for each', () => {
  for (const [paused, own, expected] of pauses) {
    const one = target('a', own === undefined ? {} : { paused: own });
    assert.equal(settingsForTarget(settings([one], { paused }), one).paused, expected, `${paused} ${own}`);
  }
});

const first = { exclude: ['/a/', '*.x'], include: [] };
const second = { exclude: ['*.x', '/b/'], include: [] };

test('what is content for some target is watched, and nothing else', () => {
  const filter = makeWatchFilter(settings([target('one', { filter: first }), target('two', { filter: second })]));
  assert.equal(filter.excludes('f.x', false), true);
  assert.equal(filter.excludes('a/f', false), false);
  assert.equal(filter.canSkipDirectory('a'), false);
  assert.equal(filter.canSkipDirectory('lost+found'), true);
  assert.equal(filter.dependsOnLocation, true);
  const unused = settings([target('one', { filter: first })], { filter: second });
  assert.deepEqual(filtersInUse(unused), [first], 'a filter that counts for nobody hides nothing');
  assert.deepEqual(filtersInUse(settings([], { filter: second })), [second]);
});

test('only a target for which something else counts begins anew', () => {
  const before = settings([target('a'), target('b', { maxLagMs: 5 }), target('gone')]);
  const running = before.targets.map((one) => ({ target: one }));
  const rows: readonly [what: string, now: ReplicationSettings, kept: string[], added: string[]][] = [
    ['a pause', settings([target('a', { paused: true }), target('b', { maxLagMs: 5 })]), ['a', 'b'], []],
    ['its own lag', settings([target('a', { maxLagMs: 6 }), target('b', { maxLagMs: 5 })]), ['b'], ['a']],
    ['the lag of all', settings([target('a'), target('b', { maxLagMs: 5 })], { maxLagMs: 3 }), ['b'], ['a']],
    ['its way', settings([target('a', {}, 2), target('b', { maxLagMs: 5 })]), ['b'], ['a']],
    ['its filter', settings([target('a', { filter: first }), target('b', { maxLagMs: 5 })]), ['b'], ['a']],
    ['the same, said for it', settings([target('a', { sync: { workers: 4 } })]), ['a'], []],
    ['a password', settings([target('a', { password: 'new' }), target('b', { maxLagMs: 5 })]), ['a', 'b'], []],
    ['a new one', settings([target('a'), target('c')]), ['a'], ['c']],
  ];
  for (const [what, now, kept, added] of rows) {
    const found = divideReplicas(running, before, now);
    const names = (those: readonly { target: TargetSettings }[]) => those.map((one) => one.target.name);
    assert.deepEqual(names(found.kept), kept, what);
    assert.deepEqual(
      found.added.map(({ name }) => name),
      added,
      what,
    );
    assert.equal(found.kept.length + found.ended.length, running.length, what);
  }
  assert.equal(divideReplicas(running, undefined, before).kept.length, 0, 'nothing goes on on another source');
});

test('targets of one schedule are compared together, others at their own time', () => {
  const daily = { sync: { fullPass: { schedule: '@daily' } } };
  const groups = groupBySchedule(settings([target('a'), target('b', daily), target('c')]));
  assert.deepEqual(
    groups.map(({ fullPass, targets }) => [fullPass.schedule, [...targets]]),
    [
      ['@yearly', ['a', 'c']],
      ['@daily', ['b']],
    ],
  );
});
