import type { VerifySettings } from '../../../src/api/settings/replication-settings.ts';
import { errorMessage } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { VerificationStatus, VerifyMode, VerifyProgress } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import type { SourceView } from '../source/source-view.ts';
import { actOnVerdicts, samplesOf, tellDifferences } from './judge/act-on-verdicts.ts';
import type { FoundDifference } from './judge/compare-lists.ts';
import { compareWithReceiver } from './judge/compare-names.ts';
import { planMending } from './judge/plan-mending.ts';
import { type CompareNames, lookAgain } from './judge/second-look.ts';
import { Suspects } from './judge/suspects.ts';
import { Touched } from './judge/touched.ts';
import { ownPace, Pace } from './pace.ts';
import { rulesOf, type VerifyAccess } from './verify-access.ts';
import { type WalkContext, walkWithReceiver } from './walk/receiver-walk.ts';
import { compareWithRsyncd, walkWithRsyncd } from './walk/rsyncd-walk.ts';
import { makeSourceReader, type SourceReader } from './walk/source-reader.ts';
import { TargetView } from './walk/target-view.ts';

export interface VerifierOptions {
  readonly target: string;
  /** Undefined while the replica is not connected, or its first pass is not done. */
  readonly access: () => VerifyAccess | undefined;
  readonly settings: () => VerifySettings;
  readonly source: Pick<SourceView, 'bytes' | 'check' | 'look' | 'linkNames'>;
  /** Other than what is in `source`, what the processor has done, ms, and time: models of them. */
  readonly edges?: { readonly reader: SourceReader } & typeof ownPace;
  /** Resolves when all that happened at the source until now was told. */
  readonly drain: () => Promise<void>;
  readonly logger: Logger;
}

/** One comparison of everything; `request` is the value by which it was asked for. */
export interface VerifyOrder {
  readonly mode: VerifyMode;
  /** Nobody waits for it: it takes next to nothing. */
  readonly isCircle: boolean;
  readonly request?: string;
}

/** Of one core. */
const circleShare = 0.012;
const orderedShare = 1;
const lookAgainAtOnce = 200;
/** Where nothing can be done now: it is tried again. */
const retryMs = 1_000;

/** Compares a replica with its source by itself, knows in what they differ, and has it mended. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #edges: NonNullable<VerifierOptions['edges']>;
  readonly #suspects = new Suspects();
  readonly #touched = new Touched();
  readonly #stop = new AbortController();
  readonly #orders: VerifyOrder[] = [];
  #status: Omit<VerificationStatus, 'differences' | 'samples'> = {
    verifiedAt: null,
    mode: null,
    entries: 0,
    found: 0,
    repaired: 0,
    rests: 0,
    running: null,
    answered: null,
    trouble: null,
  };
  #wake: (() => void) | undefined;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#edges = options.edges ?? { ...ownPace, reader: makeSourceReader(options.source.bytes) };
    void this.#run();
  }

  order(order: VerifyOrder): void {
    // Two circles in a row find the same.
    if (order.isCircle && this.#orders.length > 0) return;
    this.#orders.push(order);
    this.#wake?.();
  }

  /** Work has ended in some directories: they are looked into soon. */
  touch(directories: ReadonlySet<RelPath>): void {
    this.#touched.note(directories, performance.now());
    this.#wake?.();
  }

  stop(): void {
    this.#stop.abort();
    this.#wake?.();
  }

  status(): VerificationStatus {
    const samples = samplesOf(this.#suspects.sure());
    return { ...this.#status, differences: this.#suspects.found, samples };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const [order] = this.#orders;
      const dueMs = Math.min(this.#suspects.nextDueAt, this.#touched.dueAt) - performance.now();
      if (order === undefined && dueMs > 0) {
        await this.#rest(dueMs);
        continue;
      }
      const access = this.#options.access();
      if (access === undefined || !this.#isThere) {
        await this.#rest(retryMs);
        continue;
      }
      try {
        if (order === undefined) await this.#lookAtTouched(access);
        else if (await this.#carryOut(order, access)) this.#orders.shift();
        if (this.#status.trouble !== null) this.#set({ trouble: null });
      } catch (error) {
        await this.#onTrouble(error, access);
      }
    }
  }

  /** A session that ends takes what was under way with it; anything else is told and tried again. */
  async #onTrouble(error: unknown, access: VerifyAccess): Promise<void> {
    if (!access.isOver() && !this.#stop.signal.aborted) {
      const trouble = (error as { code?: unknown }).code === 'BadRequest' ? tooOld : errorMessage(error);
      if (trouble !== this.#status.trouble)
        this.#options.logger.warn({ target: this.#options.target, reason: trouble }, 'replica can not be verified now');
      this.#set({ trouble });
      // It is no use to ask again; who waits is told why.
      const given = trouble === tooOld ? this.#orders.splice(0) : [];
      for (const { request = this.#status.answered } of given) this.#set({ answered: request });
    }
    this.#set({ running: null });
    await this.#rest(retryMs);
  }

  /** @returns whether it came to its end */
  async #carryOut(order: VerifyOrder, access: VerifyAccess): Promise<boolean> {
    const { isCircle, mode, request } = order;
    const began = Date.now();
    let progress: VerifyProgress = {
      mode,
      startedAt: began,
      entriesDone: 0,
      entriesTotal: access.whole,
      bytesDone: 0,
    };
    const tell = (): void => this.#set({ running: isCircle ? null : progress });
    tell();
    this.#suspects.begin(performance.now());
    const isDone = await this.#walk(order, access, {
      onCompared: (entries, bytes) => {
        progress = {
          ...progress,
          entriesDone: progress.entriesDone + entries,
          bytesDone: progress.bytesDone + bytes,
        };
        tell();
      },
    });
    if (!isDone && !this.#suspects.isFull) {
      this.#set({ running: null });
      await this.#rest(retryMs);
      return false;
    }
    if (this.#suspects.isFull && this.#options.settings().repair)
      access.mend({ content: [], attributes: [], subtrees: [''] });
    await this.#lookAgain(access);
    while (this.#suspects.unsure > 0 && this.#canGoOn(access)) {
      await this.#rest(Math.max(0, this.#suspects.nextDueAt - performance.now()));
      await this.#lookAgain(access);
    }
    if (!this.#canGoOn(access)) return false;
    this.#set({
      verifiedAt: Date.now(),
      mode,
      entries: progress.entriesDone,
      running: null,
      ...(request === undefined ? {} : { answered: request }),
    });
    if (!isCircle) {
      const { target, logger } = this.#options;
      const { entriesDone: entries, bytesDone: bytes } = progress;
      logger.info({ target, mode, entries, bytes, differences: this.#suspects.found }, 'replica was verified');
    }
    return true;
  }

  /** Of another directory than was watched nothing is known. */
  get #isThere(): boolean {
    return this.#options.source.check() === 'same';
  }

  #canGoOn(access: VerifyAccess): boolean {
    return !this.#stop.signal.aborted && !access.isOver() && this.#isThere;
  }

  async #walk(
    { mode, isCircle }: VerifyOrder,
    access: VerifyAccess,
    { only, onCompared }: Pick<WalkContext, 'only' | 'onCompared'>,
  ): Promise<boolean> {
    const { signal } = this.#stop;
    const isRest = only !== undefined;
    const onDifference = ({ path, kind, piece }: FoundDifference): void =>
      this.#suspects.add(path, kind, performance.now(), { piece, isRest });
    const { control, epoch } = access.link;
    if (control === undefined) {
      // Passes compare names and attributes with a plain daemon.
      return isCircle || walkWithRsyncd({ access, signal, onDifference, onCompared });
    }
    const { readLimit } = this.#options.settings();
    const pace = new Pace({
      ...this.#edges,
      share: isCircle ? circleShare : orderedShare,
      bytesPerSecond: readLimit,
    });
    return walkWithReceiver({
      access,
      only,
      view: new TargetView(control, epoch),
      rules: rulesOf(access),
      reader: this.#edges.reader,
      withContent: mode === 'Checksum',
      pace,
      signal,
      onDifference,
      onCompared,
      goOn: async () => {
        if (this.#suspects.nextDueAt <= performance.now()) await this.#lookAgain(access);
        return this.#canGoOn(access) && !this.#suspects.isFull;
      },
    });
  }

  /** What work left different is sent again, long before the next look at everything. */
  async #lookAtTouched(access: VerifyAccess): Promise<void> {
    if (this.#touched.dueAt <= performance.now()) {
      const only = this.#touched.take();
      if (only === 'all') this.order({ mode: 'Metadata', isCircle: true });
      else await this.#walkTouched(only, access);
    }
    await this.#lookAgain(access);
  }

  async #walkTouched(only: readonly RelPath[], access: VerifyAccess): Promise<void> {
    let isDone = false;
    try {
      isDone = await this.#walk({ mode: 'Metadata', isCircle: true }, access, { only, onCompared: () => {} });
    } finally {
      if (!isDone) this.#touched.note(only, performance.now());
    }
  }

  async #lookAgain(access: VerifyAccess): Promise<void> {
    const { settings, drain, source, target, logger } = this.#options;
    const due = this.#suspects.due(performance.now(), lookAgainAtOnce);
    if (due.length === 0) return;
    const verdicts = await lookAgain(due, { access, compare: this.#compareNames(access), source, drain });
    // What was mounted over the source meanwhile is not what the target differs from.
    if (!this.#isThere) return;
    const { repair } = settings();
    const acted = actOnVerdicts(due, verdicts, { suspects: this.#suspects, repair, now: performance.now() });
    const { found, repaired, rests, toMend } = acted;
    const before = this.#status;
    tellDifferences(acted, { target, logger, repair });
    this.#set({ found: before.found + found, repaired: before.repaired + repaired, rests: before.rests + rests });
    if (repair && toMend.length > 0) access.mend(planMending(toMend, (path) => source.look(path).kind === 'directory'));
  }

  #compareNames(access: VerifyAccess): CompareNames {
    const { control, epoch } = access.link;
    return control === undefined
      ? compareWithRsyncd(access, this.#options.source, this.#edges.reader)
      : compareWithReceiver(
          new TargetView(control, epoch),
          { ...rulesOf(access), filter: access.filter },
          this.#edges.reader,
        );
  }

  #set(change: Partial<Omit<VerificationStatus, 'differences' | 'samples'>>): void {
    this.#status = { ...this.#status, ...change };
  }

  /** Until something is ordered, at most so long. */
  async #rest(ms: number): Promise<void> {
    if (this.#stop.signal.aborted || ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    // Infinity is until it is woken.
    const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1)).unref();
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}

const tooOld = 'the receiver does not know how to be verified; upgrade it to the version of the agent';
