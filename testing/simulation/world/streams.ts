import { createRandom, type Random } from '../../storm/random.ts';

/** Chance for one history: every actor draws from a stream of its own, so that leaving a step out moves no other's numbers. */
export class Streams {
  readonly #seed: number;
  readonly #streams = new Map<string, Random>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  of(name: string): Random {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = createRandom(hash(name, this.#seed));
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** FNV-1a. */
function hash(text: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

/** Whether something that happens once in `oneIn` times happens now. */
export const happens = (random: Random, oneIn: number): boolean => random.below(oneIn) === 0;

/** A duration in ms: mostly short, once in a while long, as on a busy machine. */
export function pause(random: Random, typicalMs: number): number {
  const fraction = (random.below(1_000) + 1) / 1_000;
  return typicalMs * fraction * (happens(random, 24) ? 20 : 1);
}
