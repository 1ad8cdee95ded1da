/** A repeatable source of numbers (sfc32): the same seed gives the same sequence everywhere. */
export interface Random {
  /** An integer from 0 up to, and without, `below`. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
}

export function createRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = seed >>> 0;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i += 1) next();
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    bytes(length) {
      const buffer = Buffer.alloc(length);
      for (let i = 0; i + 4 <= length; i += 4) buffer.writeUInt32LE(next(), i);
      for (let i = length - (length % 4); i < length; i += 1) buffer[i] = below(256);
      return buffer;
    },
  };
}
