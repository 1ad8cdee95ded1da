import type { Writable } from 'node:stream';
import { prettyFactory } from 'pino-pretty';

/** Lines for people: local time, level, message, then the fields. */
export const makeTextLines = (stream: Writable, colorize: boolean): { write(line: string): void } => {
  const format = prettyFactory({
    colorize,
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name',
    singleLine: true,
    errorLikeObjectKeys: ['err'],
  });
  // A reader that went away must not end a process that replicates data.
  stream.on('error', () => {});
  return { write: (line) => void stream.write(format(line)) };
};
