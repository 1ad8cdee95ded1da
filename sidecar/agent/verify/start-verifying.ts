import type { ReplicationSettings, VerifySettings } from '../../../src/api/settings/replication-settings.ts';
import { outlastShortage } from '../../../src/process/shortage.ts';
import type { VerificationStatus, VerifyMode } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import { FullPassTimer } from '../pass/full-pass-timer.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import type { Verifier, VerifierOptions, VerifyOrder } from './verifier.ts';
import type { VerifyAccess } from './verify-access.ts';

/** What is done where settings say nothing of it. */
export const defaultVerify: VerifySettings = { metadata: 'Continuous', mode: 'Checksum', repair: true };

export interface VerifyingOptions extends Omit<VerifierOptions, 'access' | 'settings'> {
  readonly settings: ReplicationSettings;
}

/** From the start to the first slow circle, and to each after it, ms. */
const circleMs = 600_000;
/** A request that is older was for an agent that ran before. */
const freshMs = 600_000;

/** Orders the verifications of a replica: in a slow circle, by a schedule, on request, and of what was worked on. All that compares is loaded with the first. */
export class Verifying {
  readonly #options: VerifyingOptions;
  readonly #schedule = new FullPassTimer(() => this.#order(this.#verify.mode));
  #settings: ReplicationSettings;
  #access: () => VerifyAccess | undefined = () => undefined;
  #circle: NodeJS.Timeout | undefined;
  #verifier: Promise<Verifier> | undefined;
  #loaded: Verifier | undefined;

  constructor(options: VerifyingOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** `access` is asked whenever something is to be compared. */
  start(access: () => VerifyAccess | undefined): void {
    this.#access = access;
    this.#follow();
    const { verify } = this.#settings.requests ?? {};
    if (verify !== undefined && Math.abs(Date.now() - Date.parse(verify)) < freshMs)
      this.#order(this.#verify.mode, verify);
  }

  update(settings: ReplicationSettings): void {
    const { verify } = settings.requests ?? {};
    const isAsked = verify !== undefined && verify !== this.#settings.requests?.verify;
    this.#settings = settings;
    this.#follow();
    if (isAsked) this.#order(this.#verify.mode, verify);
  }

  /** A batch of changes is done, or tried: what it left is looked at soon. */
  onBatch({ entries, renames }: Pick<PendingBatch, 'entries' | 'renames'>): void {
    if (this.#verify.metadata !== 'Continuous') return;
    const touched = new Set<RelPath>();
    for (const path of entries.keys()) touched.add(parentOf(path));
    for (const { from, path } of renames) touched.add(parentOf(from)).add(parentOf(path));
    this.#verifier ??= this.#load();
    void this.#verifier.then((verifier) => verifier.touch(touched));
  }

  /** Undefined as long as nothing was compared. */
  status(): VerificationStatus | undefined {
    return this.#loaded?.status();
  }

  /** What is under way ends with its session. */
  stop(): void {
    this.#schedule.stop();
    clearTimeout(this.#circle);
    void this.#verifier?.then((verifier) => verifier.stop());
  }

  get #verify(): VerifySettings {
    return this.#settings.verify ?? defaultVerify;
  }

  #follow(): void {
    const { metadata, schedule } = this.#verify;
    if (schedule === undefined) this.#schedule.stop();
    else this.#schedule.start({ schedule, jitterMs: 0 });
    clearTimeout(this.#circle);
    if (metadata !== 'Continuous') return;
    this.#circle = setInterval(() => this.#give({ mode: 'Metadata', isCircle: true }), circleMs);
    this.#circle.unref();
  }

  #order(mode: VerifyMode, request?: string): void {
    this.#give({ mode, isCircle: false, ...(request === undefined ? {} : { request }) });
  }

  #give(order: VerifyOrder): void {
    this.#verifier ??= this.#load();
    void this.#verifier.then((verifier) => verifier.order(order));
  }

  async #load(): Promise<Verifier> {
    const { Verifier } = await outlastShortage(() => import('./verifier.ts'));
    this.#loaded = new Verifier({
      ...this.#options,
      access: () => this.#access(),
      settings: () => this.#verify,
    });
    return this.#loaded;
  }
}
