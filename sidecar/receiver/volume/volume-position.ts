import { join } from 'node:path';
import type { Clock } from '../../../src/process/clock.ts';
import { comparePositions } from '../../protocol/compare-positions.ts';
import type { Position, PositionReport } from '../../protocol/control.ts';
import { positionFile } from '../../protocol/receiver-layout.ts';
import { ballastIn, readDurable, writeDurableWithBallast } from './durable-file.ts';
import type { VolumeDirectory } from './volume-directory.ts';

export interface KeptPosition {
  readonly position: Position | null;
  readonly heartbeatAt: number | null;
  readonly lagMs: number | null;
  readonly fullPassAt: number | null;
  readonly note: string | null;
}

export interface PositionCalls {
  /** Resolves when what was written is on the disk. */
  readonly sync: () => Promise<void>;
  /** @throws where who reports may not write any more */
  readonly requireEpoch: (epoch: number) => void;
}

const nothingKept: KeptPosition = { position: null, heartbeatAt: null, lagMs: null, fullPassAt: null, note: null };

/**
 * How far the replica is, in `position.json`: never ahead of what is durable, because the volume's file system is
 * synced first. Reports that come while one is being kept share the next.
 */
export class VolumePosition {
  readonly #directory: VolumeDirectory;
  readonly #clock: Clock;
  readonly #calls: PositionCalls;
  readonly #file: string;
  #kept: KeptPosition;
  #next: PositionReport | undefined;
  #waiting: PromiseWithResolvers<void>[] = [];
  #busy = false;

  private constructor(directory: VolumeDirectory, clock: Clock, calls: PositionCalls, kept: KeptPosition) {
    this.#directory = directory;
    this.#clock = clock;
    this.#calls = calls;
    this.#file = join(directory.root, positionFile);
    this.#kept = kept;
  }

  static async open(directory: VolumeDirectory, clock: Clock, calls: PositionCalls): Promise<VolumePosition> {
    const kept = (await readDurable(join(directory.root, positionFile))) as Partial<KeptPosition> | undefined;
    return new VolumePosition(directory, clock, calls, { ...nothingKept, ...kept });
  }

  get kept(): KeptPosition {
    return this.#kept;
  }

  /** Resolves once the data before the position, and the position, are durable. */
  report(report: PositionReport): Promise<void> {
    this.#next = this.#next ? merge(this.#next, report) : report;
    const answer = Promise.withResolvers<void>();
    this.#waiting.push(answer);
    if (!this.#busy) void this.#keepAll();
    return answer.promise;
  }

  async #keepAll(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const answers = this.#waiting;
      this.#waiting = [];
      try {
        await this.#keepNext();
        for (const answer of answers) answer.resolve();
      } catch (error) {
        for (const answer of answers) answer.reject(error);
      }
    }
    this.#busy = false;
  }

  async #keepNext(): Promise<void> {
    const report = this.#next;
    this.#next = undefined;
    if (!report) return;
    // By one descriptor for good: a write error is reported to it once, whenever it came about.
    await this.#calls.sync();
    // Not for who waited behind one that failed.
    this.#calls.requireEpoch(report.position.epoch);
    const { position } = this.#kept;
    const kept: KeptPosition = {
      // A late report of an older run must not move the position back.
      position: position && comparePositions(position, report.position) > 0 ? position : report.position,
      heartbeatAt: this.#clock.now(),
      lagMs: report.lagMs,
      fullPassAt: report.fullPassAt ?? this.#kept.fullPassAt,
      note: report.note ?? this.#kept.note,
    };
    await writeDurableWithBallast(this.#file, `${JSON.stringify(kept)}\n`, ballastIn(this.#directory));
    this.#kept = kept;
  }
}

/** Two reports in one: the further position, and of the rest what was said last. */
const merge = (a: PositionReport, b: PositionReport): PositionReport => ({
  ...a,
  ...b,
  position: comparePositions(a.position, b.position) > 0 ? a.position : b.position,
});
