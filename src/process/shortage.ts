import { errorCode } from './failure.ts';

const codes: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/** The process, or the machine, has no room for one more open file, or no memory, for now: that says nothing of what was asked for. */
export const isShortage = (error: unknown): boolean => codes.has(errorCode(error));

/** How long to wait before it is tried again, ms. */
export const shortageMs = 100;
