import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationSettings } from '../../../src/api/replication-settings.ts';
import type { Limit } from '../../protocol/agent-status.ts';
import type { SettledChange } from '../changes/settle.ts';
import type { ArrivalObserver, Arrivals } from '../replicate/arrivals.ts';
import { eventOf } from './hook-event.ts';
import type { Hooks, HooksOptions } from './hooks.ts';

/** What arrived last is told before the end. */
const graceMs = 3_000;
const drainLookMs = 50;

/** Where hooks are, if there are any: their code is loaded with the first. */
export class HookSlot {
  readonly #options: HooksOptions;
  readonly #arrivals = new Map<string, Arrivals>();
  #hooks: Hooks | undefined;

  constructor(options: HooksOptions) {
    this.#options = options;
  }

  async follow(settings: ReplicationSettings): Promise<void> {
    if (this.#hooks === undefined && (settings.hooks ?? []).length > 0)
      this.#hooks = new (await import('./hooks.ts')).Hooks(this.#options);
    await this.#hooks?.follow(settings);
  }

  /** Changes that are in the log now, the last under this sequence; no target has heard of them yet. */
  note(changes: readonly SettledChange[], lastSequence: number): void {
    if (this.#hooks === undefined) return;
    const first = lastSequence - changes.length + 1;
    this.#hooks.note(changes.flatMap(({ change, at }, index) => eventOf(change, at, first + index) ?? []));
  }

  observerOf(target: string): ArrivalObserver {
    return {
      attach: (arrivals) => void this.#arrivals.set(target, arrivals),
      onAsk: () => {
        const arrivals = this.#arrivals.get(target);
        return this.#hooks?.onAsk(target, (event) => arrivals?.hasArrived(event) === true) ?? (() => {});
      },
      onPassWork: (operation, paths) => {
        const at = Date.now();
        this.#hooks?.note(
          paths.map((path) => ({ operation, path, at, sequence: 0 })),
          target,
        );
      },
    };
  }

  get troubles(): readonly Limit[] {
    return (this.#hooks?.troubles ?? []).map((message) => ({ reason: 'HookFailing', message }));
  }

  /** Gives what has arrived the time to be told; what is not stays for the next start. */
  async stop(): Promise<void> {
    const until = performance.now() + graceMs;
    while ((this.#hooks?.size ?? 0) > 0 && performance.now() < until) await sleep(drainLookMs);
    await this.#hooks?.stop();
  }
}
