import { inotifyBit } from './inotify-mask.ts';

/** One `struct inotify_event`; `name` is a binary string, '' for an event of the watched directory itself. */
export interface InotifyEvent {
  readonly wd: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string;
}

const headerBytes = 16;
const repeatable = inotifyBit.modify | inotifyBit.attributes;

/**
 * Parses what one read(2) of an inotify descriptor gave: whole events, in order. `bytes` must start 4-byte aligned
 * and the machine be little-endian (x64, arm64), as the kernel lays the records out for itself.
 * A MODIFY or ATTRIB that only repeats the event before it is dropped.
 */
export const parseInotifyEvents = (bytes: Buffer, length: number): InotifyEvent[] => {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  const events: InotifyEvent[] = [];
  let last: InotifyEvent | undefined;
  for (let at = 0; at + headerBytes <= length; ) {
    const word = at >> 2;
    const wd = words[word] as number;
    const mask = words[word + 1] as number;
    const cookie = words[word + 2] as number;
    const nameBytes = words[word + 3] as number;
    const name = nameBytes === 0 ? '' : readName(bytes, at + headerBytes);
    at += headerBytes + nameBytes;
    const repeats = last !== undefined && last.wd === wd && last.mask === mask && last.name === name;
    if (repeats && (mask & repeatable) !== 0) continue;
    last = { wd, mask, cookie, name };
    events.push(last);
  }
  return events;
};

/** Names are padded with NULs to the record's length. */
const readName = (bytes: Buffer, start: number): string => {
  let end = start;
  while (bytes[end] !== 0) end++;
  return bytes.toString('latin1', start, end);
};
