import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import type { Link } from './link.ts';
import { PositionReporter } from './position-reporter.ts';

/** Reports to a receiver that says what it is given, whenever that is. */
function openReporter(answer: ReturnType<ControlClient['reportPosition']>): PositionReporter {
  const reporter = new PositionReporter(systemClock, {
    covered: () => ({
      position: { epoch: 1, sequence: 1 },
      lagMs: 0,
      fullPassAt: null,
      note: { coveredAt: null, held: null },
    }),
    ask: () => () => {},
    isOwing: () => true,
    isQuiet: () => false,
  });
  const control: Partial<ControlClient> = { reportPosition: () => answer };
  reporter.open({ position: null, control } as unknown as Link);
  return reporter;
}

test('who ends does not wait for a receiver that never says that a position is durable', {
  timeout: 180_000,
}, async () => {
  const reporter = openReporter(new Promise(() => {}));
  const stop = new AbortController();
  const flushed = reporter.flush(stop.signal);
  stop.abort();
  assert.equal(await flushed, false);
  assert.equal(await reporter.flush(stop.signal), false);
});

test('a position that became durable is told of', async () => {
  const reporter = openReporter(Promise.resolve({ position: { epoch: 1, sequence: 1 }, bootId: 'a', instance: 'b' }));
  assert.equal(await reporter.flush(new AbortController().signal), true);
  assert.deepEqual(reporter.acknowledged, { epoch: 1, sequence: 1 });
});
