import { bindLibc, type LibcFunction, lastErrno } from './libc.ts';

let utimensat: LibcFunction | undefined;
const currentDirectory = -100;
const noFollow = 0x100;

/** Sets the time of an entry to the nanosecond, which Node's own calls can't. `path` is followed nowhere at its end. Linux alone. */
export const setExactTime = (path: Buffer, mtimeNs: bigint): void => {
  utimensat ??= bindLibc('int utimensat(int at, const void *path, const void *times, int flags)');
  const time = [floorDivide(mtimeNs), mtimeNs - floorDivide(mtimeNs) * second];
  const both = Buffer.from(new BigInt64Array([...time, ...time] as bigint[]).buffer);
  if (utimensat(currentDirectory, Buffer.concat([path, Buffer.from([0])]), both, noFollow) !== 0)
    throw new Error(`set the time of an entry: errno ${lastErrno()}`);
};

const second = 1_000_000_000n;
const floorDivide = (ns: bigint): bigint => (ns >= 0n ? ns / second : -((-ns + second - 1n) / second));
