import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

const chunkBytes = 1024 * 1024;
const ours = Buffer.alloc(chunkBytes);
const theirs = Buffer.alloc(chunkBytes);

/** Fills a buffer as far as the file goes. */
function fill(file: number, buffer: Buffer, position: number): Buffer {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(file, buffer, length, buffer.length - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

/** Compares two regular files byte by byte, 1 MiB at a time. @returns where they differ first, or -1 */
export async function firstDifference(a: Buffer, b: Buffer): Promise<number> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const left = openSync(a, flags);
  try {
    const right = openSync(b, flags);
    try {
      for (let position = 0; ; position += chunkBytes) {
        const mine = fill(left, ours, position);
        const other = fill(right, theirs, position);
        if (!mine.equals(other)) return position + mine.findIndex((byte, i) => byte !== other[i]);
        if (mine.length < chunkBytes) return -1;
        await turn();
      }
    } finally {
      closeSync(right);
    }
  } finally {
    closeSync(left);
  }
}
