import { Socket } from 'node:net';
import { Failure } from '../../../../src/process/failure.ts';
import type { WatchCalls } from './libc.ts';
import { ReadingPace } from './reading-pace.ts';

/** More than a thousand events at once, and well over the largest single one. */
const readBytes = 64 * 1024;
/** A header and the longest name with its padding: read(2) leaves this much free only when no event is left in the queue. */
const largestEventBytes = 16 + 256;

export interface EventSocket {
  readonly descriptor: number;
  /** Reads what is there now, without waiting. */
  readPending(): void;
  close(): Promise<void>;
}

/**
 * Reads a pollable descriptor on the event loop: no thread waits in read(2), as fs.read would keep one.
 * Node makes a socket only of what it knows (a pipe); so a pipe's reading end is made one and then, before the loop
 * first polls it, replaced by `source` with dup3. `source` itself is closed; `descriptor` stands for it from then on.
 * The bytes given to `onBytes` are reused for the next read; `isAll`: nothing was left in the queue then. It answers how many events they were.
 */
export const openEventSocket = (
  calls: WatchCalls,
  source: number,
  onBytes: (bytes: Buffer, length: number, isAll: boolean) => number,
  onError: (error: Error) => void,
): EventSocket => {
  const ends = calls.makePipe();
  if (typeof ends === 'number') {
    calls.close(source);
    throw new Failure('WatchDescriptor', `open watch: no descriptor (errno ${-ends})`, {
      hint: 'raise the limit of open files (ulimit -n)',
    });
  }
  const [descriptor, writeEnd] = ends;
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const pace = new ReadingPace();
  let restTimer: NodeJS.Timeout | undefined;
  const isAll = (length: number): boolean => length <= readBytes - largestEventBytes;
  const tell = (length: number): number => onBytes(buffer, length, isAll(length));
  const callback = (length: number): boolean => {
    const restMs = pace.restAfter(tell(length), isAll(length), performance.now());
    if (restMs === 0) return true;
    restTimer = setTimeout(() => socket.resume(), restMs);
    return false;
  };
  const socket = new Socket({ fd: descriptor, readable: true, writable: false, onread: { buffer, callback } });
  socket.on('error', onError);
  socket.on('end', () => onError(new Failure('WatchEnded', 'read watch: the event queue ended')));
  calls.replaceDescriptor(source, descriptor);
  calls.close(source);
  calls.close(writeEnd);
  socket.resume();
  return {
    descriptor,
    readPending() {
      for (let length = calls.read(descriptor, buffer); length > 0; length = calls.read(descriptor, buffer)) {
        tell(length);
      }
    },
    close: () =>
      new Promise((resolve) => {
        clearTimeout(restTimer);
        socket.once('close', () => resolve());
        socket.destroy();
      }),
  };
};
