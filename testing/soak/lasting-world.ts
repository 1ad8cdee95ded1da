import { runRoundIn } from './round.ts';
import type { RoundOptions, RoundOutcome } from './round-options.ts';
import type { RoundRecord } from './round-record.ts';
import { SoakWorld } from './soak-world.ts';

const roundsOfOneWorld = 20;

/** Rounds one after the other on the same agent and receiver, which are started anew after so many and after a failure. */
export class LastingWorld implements AsyncDisposable {
  #world: SoakWorld | undefined;
  #left = 0;

  async runRound(options: RoundOptions, record: RoundRecord, keep: (world: SoakWorld) => void): Promise<RoundOutcome> {
    if (this.#world === undefined || this.#left === 0) {
      await this[Symbol.asyncDispose]();
      this.#world = await SoakWorld.start(options);
      this.#left = roundsOfOneWorld;
    }
    const outcome = await runRoundIn(this.#world, options, record, keep);
    this.#left = outcome.failures.length > 0 ? 0 : this.#left - 1;
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world?.[Symbol.asyncDispose]();
    this.#world = undefined;
  }
}
