import type { AgentStatus } from '../../protocol/agent-status.ts';
import type { HandedReport } from '../../protocol/control.ts';

/** A volume is written by one agent; some others stand by, and some have just been replaced. */
const mostHolders = 16;
const keptMs = 3_600_000;

/** The last status that each agent of a volume handed over. `now` is monotonic, ms. */
export class AgentReports {
  readonly #reports = new Map<string, { readonly at: number; readonly status: AgentStatus }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(status: AgentStatus): void {
    this.#reports.delete(status.holder);
    this.#reports.set(status.holder, { at: this.#now(), status });
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > mostHolders && oldest !== undefined) this.#reports.delete(oldest);
  }

  /** The newest first. */
  list(): HandedReport[] {
    const now = this.#now();
    return [...this.#reports.values()]
      .filter(({ at }) => now - at < keptMs)
      .map(({ at, status }) => ({ ageMs: Math.round(now - at), status }))
      .reverse();
  }
}
