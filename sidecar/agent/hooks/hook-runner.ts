import { setTimeout as sleep } from 'node:timers/promises';
import type { HookSettings } from '../../../src/api/settings/replication-settings.ts';
import { type Backoff, createBackoff } from '../../../src/process/backoff.ts';
import type { Clock } from '../../../src/process/clock.ts';
import { errorMessage } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { isShortage } from '../../../src/process/shortage.ts';
import { hookFileLimits } from '../../protocol/hook-file.ts';
import type { Link } from '../link/link.ts';
import type { Fate } from '../replicate/status/arrivals.ts';
import type { HookEvent } from './hook-event.ts';
import { type HookContext, makeCloudEvents, makeHttpRequest, makeLines } from './hook-message.ts';
import type { HookMetrics } from './hook-metrics.ts';
import { HookQueue, type QueuedEvent } from './hook-queue.ts';
import { HookSpool } from './hook-spool.ts';
import { type CallResult, judgeCall } from './judge-call.ts';
import { compileMatcher, type Matcher } from './match-hook.ts';
import { runCommand } from './run-command.ts';
import { sendRequest } from './send-request.ts';
import { writeLines } from './write-lines.ts';

export interface HookRunnerOptions {
  readonly hook: HookSettings;
  readonly target: string;
  readonly source: string;
  readonly spoolPath: string;
  /** The way to the target while there is one. */
  readonly link: () => Link | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: HookMetrics;
  readonly logger: Logger;
}

const maxEvents = 10_000;
const retry = { initialMs: 1_000, maxMs: 300_000 };

/** Tells one hook what arrived at one target: in order, at least once, one batch at a time, until it is taken. */
export class HookRunner {
  readonly target: string;
  readonly #options: HookRunnerOptions;
  readonly #queue: HookQueue;
  /** Undefined where none can be had: what waits is known to this process alone. */
  readonly #spool: HookSpool | undefined;
  readonly #matches: Matcher;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #cancelLook: (() => void) | undefined;
  #trouble: string | undefined;

  constructor(options: HookRunnerOptions) {
    const { hook, spoolPath, random } = options;
    this.target = options.target;
    this.#options = options;
    this.#matches = compileMatcher(hook);
    this.#backoff = createBackoff(retry, random);
    this.#queue = new HookQueue({
      debounceMs: hook.debounceMs,
      // A file has a line for each event: how many come at a time is nobody's matter.
      batchSize: hook.call.kind === 'file' ? hookFileLimits.maxLines : hook.batchSize,
      maxEvents,
    });
    this.#spool = this.#openSpool(spoolPath);
  }

  /** It has been told to stop: what comes waits for its successor. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Why it is not taken, in a sentence; undefined while it is. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Before the changes are handed to a target. */
  note(events: readonly HookEvent[]): void {
    const added: { id: number; event: HookEvent }[] = [];
    for (const event of events) {
      const id = this.#matches(event) ? this.#queue.add(event) : undefined;
      if (id !== undefined) added.push({ id, event });
    }
    this.#guardSpool(() => this.#spool?.add(added));
    this.#countDropped();
  }

  /** @returns what to call when all that has arrived by now is durable */
  onAsk(fateOf: (event: HookEvent) => Fate): () => void {
    const { acknowledge, leftOut } = this.#queue.markArrived(fateOf);
    if (leftOut.length > 0) this.#finish(leftOut);
    return () => {
      acknowledge(this.#options.clock.monotonic());
      this.#pump();
    };
  }

  /** What waits stays in the spool. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelLook?.();
    await this.#running;
  }

  /** Only once nothing is told to it any more: until then that goes into its spool, for its successor. */
  close(): void {
    this.#spool?.close();
  }

  #pump(): void {
    if (this.#running !== undefined || this.#stop.signal.aborted) return;
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
    });
  }

  async #work(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      const next = this.#queue.next(clock.monotonic());
      if ('batch' in next) {
        await this.#deliver(next.batch);
        continue;
      }
      this.#cancelLook?.();
      if (next.lookAt !== Number.POSITIVE_INFINITY)
        this.#cancelLook = clock.after(Math.max(1, next.lookAt - clock.monotonic()), () => this.#pump());
      return;
    }
  }

  async #deliver(batch: readonly QueuedEvent[]): Promise<void> {
    const { hook, target, metrics, logger } = this.#options;
    for (let tries = 1; !this.#stop.signal.aborted; tries += 1) {
      const result = await this.#call(batch);
      if (this.#stop.signal.aborted) return;
      const verdict = judgeCall(result, tries);
      metrics.calls.inc({ hook: hook.name, target, outcome: verdict.kind });
      if (verdict.kind !== 'again') {
        if (verdict.kind === 'given-up')
          logger.error(
            { hook: hook.name, target, events: batch.length, why: verdict.why },
            'hook refuses events: given up',
          );
        else if (this.#trouble !== undefined) logger.info({ hook: hook.name, target }, 'hook is taken again');
        this.#trouble = undefined;
        this.#backoff.reset();
        this.#finish(batch);
        return;
      }
      if (this.#trouble === undefined)
        logger.warn({ hook: hook.name, target, why: verdict.why }, 'hook is not taken: tried again');
      this.#trouble = `the hook ${hook.name} is not taken for ${target}: ${verdict.why}; ${this.#queue.size} events wait`;
      const delayMs = Math.max(this.#backoff.next(), verdict.afterMs ?? 0);
      await sleep(delayMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {});
    }
  }

  #finish(events: readonly QueuedEvent[]): void {
    this.#queue.done(events);
    this.#guardSpool(() =>
      this.#spool?.done(
        events.map(({ id }) => id),
        () => this.#queue.list(),
      ),
    );
  }

  #call(batch: readonly QueuedEvent[]): Promise<CallResult> {
    const { hook, target, source, link } = this.#options;
    const { signal } = this.#stop;
    const context: HookContext = { hook: hook.name, target, source };
    const events = batch.map(({ event }) => event);
    const { call } = hook;
    if (call.kind === 'command') return runCommand(call.argv, events, context, signal);
    if (call.kind === 'file') {
      const { maxBytes, keep } = call;
      return writeLines(link(), { hook: hook.name, lines: makeLines(batch, context), maxBytes, keep });
    }
    const request =
      call.kind === 'http'
        ? makeHttpRequest(call, events, context)
        : makeCloudEvents(call, batch, context, hook.batchSize);
    return sendRequest(request, { timeoutMs: call.timeoutMs, signal });
  }

  /** @throws where no file can be opened for now */
  #openSpool(path: string): HookSpool | undefined {
    try {
      const spool = new HookSpool(path);
      for (const { id, event } of spool.load()) this.#queue.add(event, id);
      return spool;
    } catch (error) {
      if (isShortage(error)) throw error;
      this.#warnOfSpool(error);
      return undefined;
    }
  }

  /** A disk that is full takes the certainty after a kill, not the calls. */
  #guardSpool(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#warnOfSpool(error);
    }
  }

  #warnOfSpool(error: unknown): void {
    const { hook, target, logger } = this.#options;
    logger.warn({ hook: hook.name, target, reason: errorMessage(error) }, 'what a hook waits for is not kept on disk');
  }

  #countDropped(): void {
    const dropped = this.#queue.takeDropped();
    if (dropped === 0) return;
    const { hook, target, metrics, logger } = this.#options;
    metrics.dropped.inc({ hook: hook.name, target }, dropped);
    logger.error(
      { hook: hook.name, target, dropped },
      'too much waits for a hook: it will not be told of these changes',
    );
  }
}
