import { type BigIntStats, chmodSync, chownSync } from 'node:fs';
import { bindLibc, type LibcFunction, lastErrno } from '../../../src/process/libc.ts';
import type { Attributes } from './history-record.ts';

let utimensat: LibcFunction | undefined;
const currentDirectory = -100;
const noFollow = 0x100;

/** Gives an entry the attributes it had; owners only where they differ, which takes root. `path` is followed nowhere at its end. */
export const setAttributes = (path: Buffer, { mode, uid, gid, mtimeNs }: Attributes, now: BigIntStats): void => {
  if (now.uid !== BigInt(uid) || now.gid !== BigInt(gid)) chownSync(path, uid, gid);
  if (!now.isSymbolicLink() && Number(now.mode) !== mode) chmodSync(path, mode & 0o7777);
  if (now.mtimeNs !== mtimeNs) setTime(path, mtimeNs);
};

export const hasAttributes = (now: BigIntStats, { mode, uid, gid, mtimeNs }: Attributes): boolean =>
  (now.isSymbolicLink() || Number(now.mode) === mode) &&
  now.uid === BigInt(uid) &&
  now.gid === BigInt(gid) &&
  now.mtimeNs === mtimeNs;

const setTime = (path: Buffer, mtimeNs: bigint): void => {
  utimensat ??= bindLibc('int utimensat(int at, const void *path, const void *times, int flags)');
  const time = [floorDivide(mtimeNs), mtimeNs - floorDivide(mtimeNs) * second];
  const both = Buffer.from(new BigInt64Array([...time, ...time] as bigint[]).buffer);
  if (utimensat(currentDirectory, Buffer.concat([path, Buffer.from([0])]), both, noFollow) !== 0)
    throw new Error(`set the time of an entry of the past: errno ${lastErrno()}`);
};

const second = 1_000_000_000n;
const floorDivide = (ns: bigint): bigint => (ns >= 0n ? ns / second : -((-ns + second - 1n) / second));
