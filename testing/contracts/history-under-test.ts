import type { TestContext } from 'node:test';
import { coded, startScene } from '../../sidecar/receiver/testing/history-scene.ts';
import { lease } from '../../sidecar/receiver/testing/receiver-fixture.ts';
import { ModelReceiver } from '../simulation/models/model-receiver.ts';
import { NodeClock } from '../simulation/world/node-clock.ts';
import { Scheduler } from '../simulation/world/scheduler.ts';
import { createRandom } from '../storm/random.ts';
import type { Disk } from './disk.ts';
import { ModelDisk } from './model-disk.ts';
import { RealDisk } from './real-disk.ts';
import { asking } from './receiver-case.ts';

/** A receiver that keeps what is replaced, and its writer: the real one, or the simulation's model. */
export interface HistoryUnderTest {
  readonly disk: Disk;
  /** What a run is about to send; the case is that run. */
  preserve(paths: readonly string[], directories?: readonly string[]): Promise<void>;
  rename(...renames: readonly (readonly [from: string, to: string])[]): Promise<void>;
  remove(...paths: readonly string[]): Promise<void>;
  /** @returns its time */
  checkpoint(): Promise<number>;
  /** @returns how much could not be put back */
  rollBack(at: number): Promise<number>;
  /** The source writes again. */
  resume(): Promise<void>;
  /** The process ends and is started anew. */
  restart(): Promise<void>;
}

export async function startReal(t: TestContext): Promise<HistoryUnderTest> {
  const scene = await startScene(t);
  return {
    disk: new RealDisk(scene.data),
    preserve: (paths, directories) => scene.preserve(paths, directories),
    async rename(...renames) {
      const hints = renames.map(([from, to]) => ({ from: coded(from), to: coded(to) }));
      await scene.client.rename({ epoch: scene.epoch, renames: hints });
    },
    remove: (...paths) => scene.erase(paths),
    checkpoint: async () => {
      const position = { epoch: scene.epoch, sequence: scene.now };
      const { operation = 0 } = await scene.client.reportPosition({ position, lagMs: 0 });
      await scene.client.checkpoint({ position, operation });
      const at = scene.now;
      scene.now += 1_000;
      return at;
    },
    rollBack: async (at) => (await scene.rollBack(at)).failedCount,
    async resume() {
      await scene.history.resume({ by: 'test' });
      await scene.client.takeLease({ ...lease('test', 0, true), preserves: true });
    },
    async restart() {
      await scene.close();
      await scene.open();
      await scene.lead();
    },
  };
}

export async function startModel(): Promise<HistoryUnderTest> {
  const scheduler = new Scheduler();
  const receiver = new ModelReceiver(new NodeClock(scheduler), createRandom(1), { keepsHistory: true });
  const past = receiver.past as NonNullable<ModelReceiver['past']>;
  const lead = (): number => receiver.takeLease(asking({ takeOver: true })).epoch;
  let epoch = lead();
  const pass = (): void => {
    scheduler.after(1_000, () => {});
    scheduler.step();
  };
  return {
    disk: new ModelDisk(receiver.data),
    async preserve(paths, directories = []) {
      pass();
      const all = [...paths, ...directories];
      const indexes = directories.map((_, index) => paths.length + index);
      receiver.preserve({ paths: all.map(coded), directories: indexes }, epoch);
    },
    async rename(...renames) {
      receiver.rename({ epoch, renames: renames.map(([from, to]) => ({ from: coded(from), to: coded(to) })) });
    },
    async remove(...paths) {
      pass();
      receiver.kept.delete({ epoch, paths: paths.map(coded) });
    },
    async checkpoint() {
      pass();
      const position = { epoch, sequence: scheduler.now };
      const { operation = 0 } = receiver.reportPosition({ position, lagMs: 0 });
      receiver.checkpoint({ position, operation });
      return past.history.checkpoints().at(-1) as number;
    },
    async rollBack(at) {
      pass();
      receiver.promote({ lineage: { id: 'rolled back' }, by: 'test' });
      return (await past.history.rollBack(at)).failedCount;
    },
    async resume() {
      receiver.demote({ by: 'test' });
      epoch = lead();
    },
    async restart() {
      receiver.stop();
      receiver.start();
      epoch = lead();
    },
  };
}
