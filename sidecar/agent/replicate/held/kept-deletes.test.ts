import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import type { HeldDeletes } from '../../../protocol/agent-status.ts';
import type { KeptMass, UndeleteAnswer } from '../../../protocol/past/kept.ts';
import type { Link } from '../../link/link.ts';
import { KeptMassesOfTarget } from './kept-deletes.ts';

const mass: KeptMass = { id: 'mass-1', reason: 'Mass', since: 0, until: 9_000, count: 7, samples: [] };

/** A mass of seven that is being put back: the receiver has been asked, and has not answered. */
async function startPutBack() {
  const clock = createManualClock(0);
  const answer = Promise.withResolvers<UndeleteAnswer>();
  const state: { held: HeldDeletes | null; comparisons: number } = { held: null, comparisons: 0 };
  const kept = new KeptMassesOfTarget({
    target: 'dr',
    clock,
    logger: silentLogger,
    held: () => state.held,
    setHeld: (held) => {
      state.held = held;
    },
    onPutBack: () => {},
    onBack: () => {
      state.comparisons += 1;
    },
  });
  const control = { listKept: async () => ({ kept: [mass] }), undelete: () => answer.promise };
  kept.wish(mass.id);
  kept.open({ control, epoch: 1 } as unknown as Link);
  await setImmediate();
  return { kept, state, answer, clock };
}

const back = (restored: number): UndeleteAnswer => ({ restored, failed: [], failedCount: 0 });

test('all of a mass is held as long as it is being put back, and then what came back is, and counted anew', async () => {
  const { kept, state, answer } = await startPutBack();
  assert.equal(state.held?.count, mass.count);
  assert.equal(kept.meant, state.held, 'whatever a comparison misses meanwhile');
  const { id } = state.held ?? {};
  answer.resolve(back(4));
  await setImmediate();
  assert.deepEqual([state.held?.count, state.held?.id], [4, id]);
  assert.equal(kept.meant, null);
  assert.equal(state.comparisons, 1);
});

test('what a comparison has held while a mass was put back stays, also where nothing came back', async () => {
  const { state, answer } = await startPutBack();
  const found: HeldDeletes = { id: 'found', reason: 'SourceReplaced', count: 2, samples: [], since: 1 };
  state.held = found;
  answer.resolve(back(0));
  await setImmediate();
  assert.equal(state.held, found);
  assert.equal(state.comparisons, 1);
});

test('how much is back is counted also where the receiver did not say', async () => {
  const { kept, state, answer } = await startPutBack();
  answer.reject(new Error('no answer'));
  await setImmediate();
  assert.equal(state.held?.count, mass.count);
  assert.equal(kept.meant, null);
  assert.equal(state.comparisons, 1);
});

test('one wish puts a mass back once, however often settings come with it', async () => {
  const { kept, state, answer } = await startPutBack();
  answer.resolve(back(mass.count));
  await setImmediate();
  assert.equal(state.comparisons, 1);
  let asked = 0;
  const undelete = async (): Promise<UndeleteAnswer> => {
    asked += 1;
    return back(mass.count);
  };
  kept.wish(mass.id);
  kept.open({ control: { listKept: async () => ({ kept: [mass] }), undelete }, epoch: 2 } as unknown as Link);
  await setImmediate();
  assert.deepEqual([asked, state.comparisons], [0, 1]);
});

test('a mass that was not put back for want of an answer is put back on the next connection, and on the same one later', async () => {
  const { kept, state, answer, clock } = await startPutBack();
  answer.reject(new Error('no answer'));
  await setImmediate();
  const answers = [Promise.reject(new Error('still none')), Promise.resolve(back(mass.count))];
  let asked = 0;
  const undelete = (): Promise<UndeleteAnswer> => answers[asked++] as Promise<UndeleteAnswer>;
  const control = { listKept: async () => ({ kept: [mass] }), undelete };
  kept.open({ control, epoch: 2 } as unknown as Link);
  await setImmediate();
  assert.deepEqual([asked, state.comparisons], [1, 2]);
  for (let n = 0; n < 3; n += 1) {
    clock.advance(60_000);
    await setImmediate();
  }
  assert.deepEqual([asked, state.comparisons], [2, 3], 'once it is back nobody asks any more');
});

test('of two masses that are to be put back the other is when the first is', async () => {
  const { kept, answer, clock } = await startPutBack();
  const other = { ...mass, id: 'mass-2' };
  const asked: string[] = [];
  const undelete = async ({ id }: { id: string }): Promise<UndeleteAnswer> => {
    asked.push(id);
    return back(1);
  };
  kept.wish(other.id);
  kept.open({ control: { listKept: async () => ({ kept: [mass, other] }), undelete }, epoch: 1 } as unknown as Link);
  await setImmediate();
  assert.deepEqual(asked, [], 'one at a time');
  answer.resolve(back(1));
  await setImmediate();
  clock.advance(1_000);
  await setImmediate();
  assert.deepEqual(asked, ['mass-2']);
});
