import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../src/process/manual-clock.ts';
import { ChangeIntake } from './change-intake.ts';
import type { RelPath } from './changes/change.ts';
import { ChangeLog } from './log/change-log.ts';
import type { Look } from './source/source-view.ts';
import { testSettings } from './testing/agent-fixture.ts';

const file = (changedAt: number): Look => ({
  ...{ kind: 'file', size: 1, allocated: 512, links: 1, inode: '1:1', modifiedAt: changedAt, changedAt },
});

function setUp(files: Record<RelPath, Look> = {}, oldestAt = Number.POSITIVE_INFINITY) {
  const looks: RelPath[] = [];
  const clock = createManualClock(100_000);
  const done: string[] = [];
  const settings = { ...testSettings, source: '/source', targets: [] };
  const intake = new ChangeIntake(
    {
      clock,
      log: new ChangeLog({}),
      look: (path) => {
        looks.push(path);
        return files[path] ?? { kind: 'gone' };
      },
      replicators: () => [{ oldestAt: () => 200_000 }, { oldestAt: () => oldestAt }],
      watch: {
        tellUnseen: (paths) => done.push(`tell of ${paths}`),
        lookBeside: (path) => done.push(`look beside ${path}`),
      },
      onTold: () => done.push('told'),
      onLogged: (changes, last) => done.push(`${changes.map(({ change }) => change.kind)} up to ${last}`),
    },
    settings,
  );
  return { clock, done, intake, looks, settings };
}

test('what is told comes to the log after those heard of it who write down what is known', () => {
  const { intake, done } = setUp();
  intake.take([{ kind: 'delete', path: 'a', isDirectory: false }]);
  assert.deepEqual(done, ['told', 'delete up to 1']);
  assert.equal(intake.lately.count(100_000), 1);
});

test('events that the kernel dropped are remembered with when its queue had been empty before', () => {
  const { intake } = setUp();
  intake.take([{ kind: 'rescan', path: '', reason: 'overflow' }], 40_000);
  const since = intake.lost.since(100_000);
  assert.ok(since !== undefined && since <= 40_000, `${since}`);
  assert.equal(intake.lost.since(100_001), undefined);
});

test('what was written under a name that is gone is looked for beside it', () => {
  const { intake, done } = setUp();
  intake.take([
    { kind: 'modify', path: 'a' },
    { kind: 'delete', path: 'a', isDirectory: false },
  ]);
  assert.ok(done.includes('look beside a'), done.join('; '));
});

test('so it is, after other settings too, as long as what was written is not on every target', () => {
  for (const oldestAt of [100_000, 100_001]) {
    const { clock, intake, done, settings } = setUp({}, oldestAt);
    intake.take([{ kind: 'write', path: 'a' }]);
    intake.update(settings);
    clock.advance(60_000);
    intake.take([{ kind: 'delete', path: 'a', isDirectory: false }]);
    assert.equal(done.includes('look beside a'), oldestAt === 100_000, done.join('; '));
  }
});

test('a file that is open is looked at again after other settings came, and told of where it changed without an event', () => {
  const files = { a: file(1_000) };
  const { clock, intake, done, settings } = setUp(files);
  intake.take([
    { kind: 'create', path: 'a', isDirectory: false },
    { kind: 'modify', path: 'a' },
  ]);
  clock.advance(60_000);
  intake.update(settings);
  files.a = file(200_000);
  done.length = 0;
  clock.advance(60_000);
  assert.ok(done.includes('tell of a'), done.join('; '));
});

test('however often settings come, a file that is open is looked at every so often by those that count', () => {
  const { clock, intake, looks, settings } = setUp({ a: file(1_000) });
  intake.take([
    { kind: 'create', path: 'a', isDirectory: false },
    { kind: 'modify', path: 'a' },
  ]);
  clock.advance(1_000);
  for (const maxDelayMs of [100, 200, 1_000]) intake.update({ ...settings, sync: { ...settings.sync, maxDelayMs } });
  looks.length = 0;
  clock.advance(10_000);
  assert.equal(looks.length, 10);
});
