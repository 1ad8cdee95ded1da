import { at, typeOf } from '../../../src/process/system/statx.ts';

/** Of one outline: without it nobody makes a name whose hash is another's. */
export type Seed = readonly [number, number];

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ Math.imul(word, 0x85ebca6b), 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
};

const finish = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

/**
 * What a name is, in 53 bits: its bytes from `from` to a NUL, and of what it names the inode, the type and when the inode was changed
 * last. Two states of a file never have the same inode and ctime; that two differ and hash alike is left to chance.
 */
export function hashState([one, other]: Seed, name: Uint8Array, from: number, words: Uint32Array): number {
  let low = one;
  let high = other;
  for (let index = from; name[index] !== 0; index += 1) {
    const byte = name[index] as number;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x5bd1e995);
    high ^= high >>> 13;
  }
  const inodeLow = words[at.inode] as number;
  const inodeHigh = words[at.inode + 1] as number;
  const seconds = words[at.changeSeconds] as number;
  const rest = typeOf(words) ^ (words[at.changeSeconds + 1] as number);
  const nanoseconds = words[at.changeNanoseconds] as number;
  low = mix(mix(mix(mix(mix(low, inodeLow), inodeHigh), seconds), nanoseconds), rest);
  high = mix(mix(mix(mix(mix(high, nanoseconds), rest), inodeLow), seconds), inodeHigh);
  return (finish(high) >>> 11) * 2 ** 32 + finish(low);
}
