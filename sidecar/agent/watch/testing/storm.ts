import * as fs from 'node:fs';
import { join } from 'node:path';
import { exchangeNames } from '../../../../testing/calls/exchange-names.ts';

/** mulberry32: the same numbers in [0, 1) for the same seed. */
export const makeRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

const names = ['a', 'b', 'c', 'd', 'e'];

/**
 * One random change below `root` (or between it and `outside`), few names, so that paths meet: made, written, renamed
 * over each other, removed. What can't be done in the tree's present state is not done.
 */
export const stormOnce = (root: string, outside: string, random: () => number): void => {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const path = (): string => {
    const depth = 1 + Math.floor(random() * 4);
    return join(root, ...Array.from({ length: depth }, () => pick(names)));
  };
  const operations: readonly (() => void)[] = [
    () => fs.mkdirSync(path(), { recursive: true }),
    () => fs.mkdirSync(path()),
    () => fs.mkdirSync(path()),
    () => fs.writeFileSync(path(), String(random())),
    () => fs.writeFileSync(path(), String(random())),
    () => fs.appendFileSync(path(), 'more'),
    () => fs.renameSync(path(), path()),
    () => fs.renameSync(path(), path()),
    () => fs.renameSync(path(), path()),
    () => exchangeNames(path(), path()),
    () => exchangeNames(join(outside, pick(names)), path()),
    () => fs.unlinkSync(path()),
    () => fs.rmdirSync(path()),
    () => fs.rmSync(path(), { recursive: true }),
    () => fs.symlinkSync('nowhere', path()),
    () => fs.chmodSync(path(), 0o700 + Math.floor(random() * 64)),
    () => fs.renameSync(path(), join(outside, pick(names))),
    () => fs.renameSync(join(outside, pick(names)), path()),
  ];
  try {
    pick(operations)();
  } catch {
    // Not possible just now: the next one may be.
  }
};
