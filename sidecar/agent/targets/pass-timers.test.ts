import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { testSettings } from '../testing/agent-fixture.ts';
import { PassTimers } from './pass-timers.ts';

const hour = 3_600_000;

test('of each target it is told when the comparison before the last one was due, also after an edit', (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2030, 0, 1, 0, 30) });
  t.after(() => mock.timers.reset());
  const runs: string[][] = [];
  const timers = new PassTimers((targets) => void runs.push([...targets]));
  t.after(() => timers.stop());
  const target = (name: string, schedule: string) => ({
    ...({ kind: 'rsyncd', name, host: 'h', port: 1, module: 'm' } as const),
    sync: { fullPass: { schedule } },
  });
  const settings = { ...testSettings, source: '/', targets: [target('dr', '@hourly'), target('offsite', '@yearly')] };
  timers.start(settings);
  mock.timers.tick(hour / 2);
  assert.equal(timers.dueBeforeLast('dr'), 0, 'one was due');
  timers.start({ ...settings, generation: 2 });
  mock.timers.tick(hour);
  assert.deepEqual(runs, [['dr'], ['dr']]);
  assert.equal(timers.dueBeforeLast('dr'), Date.UTC(2030, 0, 1, 1));
  mock.timers.tick(hour);
  assert.equal(timers.dueBeforeLast('dr'), Date.UTC(2030, 0, 1, 2));
  assert.equal(timers.dueBeforeLast('offsite'), 0);
});
