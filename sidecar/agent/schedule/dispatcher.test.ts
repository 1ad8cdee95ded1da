import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../src/process/clock.ts';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import { Dispatcher } from './dispatcher.ts';
import { ProcessorBudget } from './processor-budget.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A dispatcher over names that each take `tookMs`, and what was started when. */
function setUp(options: { minIntervalMs?: number; tookMs?: number; clock?: Clock } = {}) {
  const manual = createManualClock(1_000);
  const clock = options.clock ?? manual;
  const started: string[] = [];
  let waiting = 0;
  let isBusy = false;
  const dispatcher = new Dispatcher({
    clock,
    workers: 4,
    minIntervalMs: options.minIntervalMs ?? 0,
    budget: new ProcessorBudget(0.2, 30, () => 0, clock.monotonic()),
    changesWaiting: () => waiting,
    startChanges: () => {
      if (isBusy) return undefined;
      started.push(`${waiting} at ${manual.monotonic()}`);
      waiting = 0;
      return new Promise<void>((resolve) => manual.after(options.tookMs ?? 10, resolve));
    },
    nextDueAt: () => Number.POSITIVE_INFINITY,
    onDue: () => {},
  });
  return {
    dispatcher,
    started,
    manual,
    change(count = 1) {
      waiting += count;
      dispatcher.pump();
    },
    block(busy: boolean) {
      isBusy = busy;
    },
    async advance(ms: number) {
      for (let at = 0; at < ms; at++) {
        manual.advance(1);
        await tick();
      }
    },
  };
}

test('changes gather while a batch is under way, and go when it ends', async () => {
  const { change, started, advance } = setUp();
  change();
  change();
  change();
  assert.deepEqual(started, ['1 at 1000']);
  await advance(10);
  assert.deepEqual(started, ['1 at 1000', '2 at 1010']);
});

test('a place that a big file or a piece of a pass leaves is given on at once', async () => {
  const { dispatcher } = setUp();
  const ends: (() => void)[] = [];
  const work = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    return promise;
  };
  const endFirst = async (): Promise<void> => {
    ends.shift()?.();
    await tick();
  };
  const big = { notBefore: 0, bytes: 1, changedAt: 0, isLow: false };
  const bigFiles = Array.from({ length: 5 }, () => dispatcher.bigFile(big, work));
  assert.equal(ends.length, 3, 'one place of four is left to changes');
  await endFirst();
  assert.equal(ends.length, 3);
  for (let n = 0; n < 4; n += 1) await endFirst();
  await Promise.all(bigFiles);
  const bulks = [dispatcher.bulk(work), dispatcher.bulk(work)];
  assert.equal(ends.length, 1);
  await endFirst();
  assert.equal(ends.length, 1);
  await endFirst();
  await Promise.all(bulks);
});

test('what meets what is under way is not looked for again before something ends or comes', async () => {
  const { change, started, block, advance, dispatcher } = setUp();
  block(true);
  change();
  await advance(1_000);
  assert.deepEqual(started, []);
  block(false);
  await advance(1_000);
  assert.deepEqual(started, [], 'nobody polls');
  dispatcher.pump();
  assert.deepEqual(started, ['1 at 3000']);
});

test('a wall clock that is set back stops nothing', async () => {
  const manual = createManualClock(5_000);
  let wall = 1_000_000;
  const clock: Clock = { ...manual, now: () => wall };
  const { change, started } = setUp({ minIntervalMs: 100, clock });
  change();
  wall -= 500_000;
  manual.advance(100);
  await tick();
  assert.equal(started.length, 1);
  change();
  manual.advance(100);
  await tick();
  assert.equal(started.length, 2);
});

test('what waits for a place when all ends is told so, and so is what comes later', async () => {
  const { dispatcher } = setUp();
  const running = dispatcher.bulk(() => new Promise<string>((resolve) => setImmediate(() => resolve('done'))));
  const waiting = assert.rejects(
    dispatcher.bulk(() => Promise.resolve('never')),
    { code: 'Stopped' },
  );
  dispatcher.close();
  assert.equal(await running, 'done');
  await waiting;
  await assert.rejects(
    dispatcher.bigFile({ notBefore: 0, bytes: 1, changedAt: 0, isLow: false }, () => Promise.resolve()),
    { code: 'Stopped' },
  );
});

for (const { everyMs, each } of [
  { everyMs: 3, each: /^(19|2\d) / },
  { everyMs: 1, each: /^(59|6\d) / },
]) {
  test(`changes that come one by one, one every ${everyMs} ms, go by several`, async () => {
    const { change, started, advance } = setUp({ tookMs: 1 });
    for (let at = 0; at < 500; at++) {
      change();
      await advance(everyMs);
    }
    // At 200 a second each would still leave at once.
    const lately = started.slice(-3);
    assert.ok(
      lately.every((one) => each.test(one)),
      started.join('; '),
    );
  });
}
