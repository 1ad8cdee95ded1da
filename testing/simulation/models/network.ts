import { Failure } from '../../../src/process/failure.ts';
import type { Random } from '../../storm/random.ts';
import type { Life } from '../world/life.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { pause } from '../world/streams.ts';

const typicalMs = 1;
const answerTimeoutMs = 10_000;

/** The way between one agent and one receiver: it may be cut, and it may swallow what is sent. */
export class Network {
  state: 'up' | 'cut' | 'hanging' = 'up';
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #onCut = new Set<() => void>();

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  get delayMs(): number {
    return pause(this.#random, typicalMs);
  }

  /** Ends every connection. */
  cut(): void {
    this.state = 'cut';
    this.breakConnections();
  }

  breakConnections(): void {
    for (const run of [...this.#onCut]) run();
  }

  onCut(run: () => void): () => void {
    this.#onCut.add(run);
    return () => this.#onCut.delete(run);
  }

  /** One request and its answer, which takes `workMs` besides. It may have been done although no answer came. */
  call<T>(life: Life, doIt: () => T, workMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (): void => {
        if (!life.isOver) reject(unreachable());
      };
      this.#scheduler.after(this.delayMs, () => {
        if (this.state !== 'up') {
          this.#scheduler.after(this.state === 'hanging' ? answerTimeoutMs : 0, lost);
          return;
        }
        const answer = attempt(doIt);
        this.#scheduler.after(this.delayMs + workMs, () => {
          if (this.state !== 'up') this.#scheduler.after(this.state === 'hanging' ? answerTimeoutMs : 0, lost);
          else if (life.isOver) return;
          else if ('error' in answer) reject(answer.error);
          else resolve(answer.value);
        });
      });
    });
  }
}

function attempt<T>(doIt: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: doIt() };
  } catch (error) {
    return { error };
  }
}

export const unreachable = (): Failure => new Failure('TargetUnreachable', 'connect to the receiver: no way there');
