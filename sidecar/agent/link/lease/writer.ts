import { randomUUID } from 'node:crypto';
import type { ReplicationSettings, TargetSettings } from '../../../../src/api/settings/replication-settings.ts';
import type { LeaseRequest } from '../../../protocol/control.ts';
import type { Link, OpenLink } from '../link.ts';
import { readRestoredFrom } from '../notes/restored-from.ts';
import { nameRefusal, restoreMissed } from '../restore-missed.ts';

export interface WriterOptions {
  readonly target: TargetSettings;
  readonly holder: string;
  readonly takeOver: boolean;
  readonly stateDir: string;
  readonly openLink: OpenLink;
  readonly isEmpty?: (link: Link) => Promise<boolean>;
}

/** Who we are to one target: the holder of its lease, under an epoch. */
export class Writer {
  readonly #options: WriterOptions;
  #takeOver: boolean;
  /** The request to adopt that has had its effect, or lost it: each counts once. */
  #adopted: string | undefined;
  /** What a plain daemon holds may be replaced. */
  #isKnown = false;
  #holder: string;
  #epoch = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#takeOver = options.takeOver;
    this.#holder = options.holder;
  }

  get holder(): string {
    return this.#holder;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Opens a way to the target, under an epoch of its own. @throws as openLink */
  async open(settings: ReplicationSettings): Promise<Link> {
    const { stateDir, openLink } = this.#options;
    // What it proves itself with may be another by now.
    const target = settings.targets.find(({ name }) => name === this.#options.target.name) ?? this.#options.target;
    const { controllerEpoch = 0, lineage, requests } = settings;
    const adopt = this.#adoptionOf(settings);
    const asking = openLink(target, {
      holder: this.#holder,
      epoch: this.#epoch,
      controllerEpoch,
      takeOver: this.#takeOver,
      stateDir,
      ...(lineage === undefined ? {} : { lineage: { id: lineage } }),
      ...(adopt === undefined ? {} : { adopt }),
    });
    const link = await asking.catch((error: unknown) => {
      throw nameRefusal(error, settings);
    });
    try {
      await this.#guardUnknown(link, settings);
    } catch (error) {
      link.close();
      throw error;
    }
    this.#adopted = requests?.adopt;
    this.#epoch = link.epoch;
    return link;
  }

  /**
   * Another writer has ended our epoch. From now on we ask as a stranger, who waits until that writer is gone: by its own
   * name a replaced pod would take the volume back from its successor, as it would by taking over once more.
   */
  fence(): void {
    this.#takeOver = false;
    this.#epoch = 0;
    this.#holder = `${this.#options.holder}#${randomUUID().slice(0, 8)}`;
  }

  /** A plain daemon remembers nobody's data: what it holds may be what this source was to be filled with. */
  async #guardUnknown(link: Link, settings: ReplicationSettings): Promise<void> {
    const { begun, restore, requests } = settings;
    const { target, isEmpty } = this.#options;
    if (this.#isKnown || begun === undefined || restore !== 'IfEmpty' || target.kind === 'receiver' || !isEmpty) return;
    this.#isKnown =
      begun.includes(target.name) ||
      link.note !== undefined ||
      requests?.adopt !== undefined ||
      this.#restoredSince(settings) !== undefined ||
      (await isEmpty(link));
    if (!this.#isKnown) throw restoreMissed(`${target.name} holds data, and nobody says that it is this source's`);
  }

  #adoptionOf(settings: ReplicationSettings): LeaseRequest['adopt'] {
    const request = settings.requests?.adopt;
    if (request !== undefined && request !== this.#adopted)
      return request === 'any' || Date.parse(request) || undefined;
    return this.#restoredSince(settings);
  }

  /** The source was filled from what the target held since then: by this agent, or before it was there. */
  #restoredSince({ restoredFrom }: ReplicationSettings): number | undefined {
    const { stateDir, target } = this.#options;
    return readRestoredFrom(stateDir)[target.name] ?? restoredFrom?.[target.name];
  }
}
