import { randomUUID } from 'node:crypto';
import type { ReplicationSettings, TargetSettings } from '../../../src/api/replication-settings.ts';
import { type Link, openLink } from './link.ts';

/** Who we are to one target: the holder of its lease, under an epoch. */
export class Writer {
  readonly #target: TargetSettings;
  readonly #name: string;
  readonly #stateDir: string;
  #takeOver: boolean;
  #holder: string;
  #epoch = 0;

  constructor(target: TargetSettings, name: string, takeOver: boolean, stateDir: string) {
    this.#target = target;
    this.#stateDir = stateDir;
    this.#name = name;
    this.#takeOver = takeOver;
    this.#holder = name;
  }

  get holder(): string {
    return this.#holder;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Opens a way to the target, under our epoch where we still have it. @throws as openLink */
  async open({ controllerEpoch = 0 }: ReplicationSettings): Promise<{ link: Link; newEpoch: boolean }> {
    const link = await openLink(this.#target, {
      holder: this.#holder,
      epoch: this.#epoch,
      controllerEpoch,
      takeOver: this.#takeOver,
      stateDir: this.#stateDir,
    });
    const newEpoch = link.epoch !== this.#epoch;
    this.#epoch = link.epoch;
    return { link, newEpoch };
  }

  /**
   * Another writer has ended our epoch. From now on we ask as a stranger, who waits until that writer is gone: by its own
   * name a replaced pod would take the volume back from its successor, as it would by taking over once more.
   */
  fence(): void {
    this.#takeOver = false;
    this.#epoch = 0;
    this.#holder = `${this.#name}#${randomUUID().slice(0, 8)}`;
  }
}
