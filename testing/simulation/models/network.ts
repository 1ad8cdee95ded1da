import { Failure } from '../../../src/process/failure.ts';
import type { Random } from '../../storm/random.ts';
import type { Life } from '../world/life.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { pause } from '../world/streams.ts';

const typicalMs = 1;
const answerTimeoutMs = 10_000;
/** For what may take long. */
const longAnswerTimeoutMs = 100_000;

/** The way between one agent and one receiver: it may be cut, and it may swallow what is sent. */
export class Network {
  state: 'up' | 'cut' | 'hanging' = 'up';
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #onCut = new Set<() => void>();
  #whenOpened: { readonly afterMs: number; readonly hang: () => void } | undefined;

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  get delayMs(): number {
    return pause(this.#random, typicalMs);
  }

  /** So long after somebody's next way is open it begins to swallow what is sent. @returns what takes that back */
  hangOnceOpened(afterMs: number, hang: () => void): () => void {
    this.#whenOpened = { afterMs, hang };
    return () => {
      this.#whenOpened = undefined;
    };
  }

  /** Somebody's way to the receiver is open. */
  opened(): void {
    const waiting = this.#whenOpened;
    this.#whenOpened = undefined;
    if (waiting !== undefined) this.#scheduler.after(waiting.afterMs, waiting.hang);
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
  call<T>(life: Life, doIt: () => T | Promise<T>, workMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (): void => {
        if (!life.isOver) reject(unreachable());
      };
      this.#scheduler.after(this.delayMs, () => {
        if (this.state !== 'up') {
          this.#scheduler.after(this.state === 'hanging' ? answerTimeoutMs : 0, lost);
          return;
        }
        const reply = (answer: Answer<T>): void => {
          this.#scheduler.after(this.delayMs + workMs, () => {
            if (this.state !== 'up') this.#scheduler.after(this.state === 'hanging' ? answerTimeoutMs : 0, lost);
            else if (life.isOver) return;
            else if ('error' in answer) reject(answer.error);
            else resolve(answer.value);
          });
        };
        const answer = attempt(doIt);
        if ('value' in answer && answer.value instanceof Promise)
          answer.value.then(
            (value) => reply({ value }),
            (error: unknown) => reply({ error }),
          );
        else reply(answer as Answer<T>);
      });
    });
  }

  /**
   * The same for a request that is worked on in steps, between which other things happen: whoever asked learns at once that the way is
   * broken, and the work goes on nevertheless, as long as the process lives that does it.
   */
  callInSteps<T>(life: Life, begin: () => Iterator<unknown, T>, { isAlive, pauseMs }: Worker): Promise<T> {
    return new Promise((resolve, reject) => {
      const stopHearing = this.onCut(() => lost());
      const lost = (): void => {
        stopHearing();
        if (!life.isOver) reject(unreachable());
      };
      const answer = (end: Answer<T>): void => {
        this.#scheduler.after(this.state === 'hanging' ? longAnswerTimeoutMs : this.delayMs, () => {
          if (this.state !== 'up') {
            lost();
            return;
          }
          stopHearing();
          if (life.isOver) return;
          if ('error' in end) reject(end.error);
          else resolve(end.value);
        });
      };
      const work = (steps: Iterator<unknown, T>): void => {
        if (!isAlive()) {
          lost();
          return;
        }
        const next = attempt(() => steps.next());
        if ('error' in next) answer(next);
        else if (next.value.done) answer({ value: next.value.value });
        else this.#scheduler.after(pauseMs(), () => work(steps));
      };
      this.#scheduler.after(this.delayMs, () => {
        if (this.state === 'up') work(begin());
        else this.#scheduler.after(this.state === 'hanging' ? longAnswerTimeoutMs : 0, lost);
      });
    });
  }
}

/** What a request is worked on by: a process that may end before it is done. */
export interface Worker {
  readonly isAlive: () => boolean;
  /** Between two steps, ms. */
  readonly pauseMs: () => number;
}

type Answer<T> = { readonly value: T } | { readonly error: unknown };

function attempt<T>(doIt: () => T): Answer<T> {
  try {
    return { value: doIt() };
  } catch (error) {
    return { error };
  }
}

export const unreachable = (): Failure => new Failure('TargetUnreachable', 'connect to the receiver: no way there');
