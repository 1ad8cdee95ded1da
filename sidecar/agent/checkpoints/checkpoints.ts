import type { CheckpointSettings, ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { systemClock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { CheckpointStatus, ReplicaStatus } from '../../protocol/agent-status.ts';
import { FullPassTimer } from '../pass/full-pass-timer.ts';
import { callStill } from './call-still.ts';
import { type StillTarget, type StillWork, takeCheckpoint } from './take-checkpoint.ts';

export interface CheckpointsOptions extends Pick<StillWork, 'watch' | 'push'> {
  readonly running: () => readonly {
    readonly target: { readonly name: string };
    readonly replicator: Pick<StillTarget, 'checkpoint'>;
  }[];
  readonly logger: Logger;
}

/** A request that is older was for an agent that ran before. */
const freshMs = 600_000;

/** Takes consistent checkpoints, by schedule and on request, one at a time; knows how the last one went. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #timer = new FullPassTimer(() => this.#take());
  readonly #last = new Map<string, CheckpointStatus>();
  readonly #stop = new AbortController();
  #settings: CheckpointSettings | undefined;
  #asked: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  start({ checkpoints, requests }: ReplicationSettings): void {
    this.#asked = requests?.checkpoint;
    this.#follow(checkpoints);
    if (this.#asked !== undefined && Math.abs(Date.now() - Date.parse(this.#asked)) < freshMs) this.#take(this.#asked);
  }

  update({ checkpoints, requests }: ReplicationSettings): void {
    this.#follow(checkpoints);
    const asked = requests?.checkpoint;
    const isNew = asked !== undefined && asked !== this.#asked;
    this.#asked = asked;
    if (isNew) this.#take(asked);
  }

  /** Resolves when the application goes on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#timer.stop();
    await this.#running;
  }

  /** What is known of a replica, with how its checkpoints went. */
  addTo(replica: ReplicaStatus): ReplicaStatus {
    const checkpoint = this.#last.get(replica.target);
    return checkpoint === undefined ? replica : { ...replica, checkpoint };
  }

  #follow(settings: CheckpointSettings | undefined): void {
    this.#settings = settings;
    if (settings?.schedule === undefined) this.#timer.stop();
    else this.#timer.start({ schedule: settings.schedule, jitterMs: 0 });
  }

  #take(asked?: string): void {
    this.#running = this.#running.then(() => this.#takeNow(asked));
  }

  async #takeNow(asked: string | undefined): Promise<void> {
    const { running, watch, push, logger } = this.#options;
    const settings = this.#settings;
    const all = running().map(
      ({ target: { name }, replicator }): StillTarget => ({
        name,
        checkpoint: (isStill) => replicator.checkpoint(isStill),
      }),
    );
    const at = Date.now();
    const outcomes =
      settings === undefined
        ? new Map(all.map(({ name }) => [name, 'the settings name no stillUrl (checkpoints.stillUrl)']))
        : await takeCheckpoint({
            targets: all,
            timeoutMs: settings.timeoutMs,
            clock: systemClock,
            call: (order, timeoutMs, signal) => callStill(settings.stillUrl, order, timeoutMs, signal),
            watch,
            push,
            signal: this.#stop.signal,
          });
    for (const [target, trouble] of outcomes) {
      const before = this.#last.get(target);
      this.#last.set(target, {
        consistentAt: trouble === null ? at : (before?.consistentAt ?? null),
        trouble,
        answered: asked ?? before?.answered ?? null,
      });
      if (trouble === null) logger.info({ target }, 'consistent checkpoint made');
      else logger.warn({ target, reason: trouble }, 'no consistent checkpoint made');
    }
  }
}
