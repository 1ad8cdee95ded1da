import type { JournalLine } from '../../../src/api/journal-line.ts';
import type { JournalEntry } from './journal.ts';

/** An entry as text; the bytes of names that are none in UTF-8 beside it. */
export const toJournalLine = (entry: JournalEntry): JournalLine => {
  const { operation, path, from, isDirectory, target, at, arrivedAt } = entry;
  const [to, old] = [textOf(path), from === undefined ? undefined : textOf(from)];
  return {
    time: new Date(at).toISOString(),
    operation,
    path: to.text,
    ...(to.base64 === undefined ? {} : { pathBase64: to.base64 }),
    ...(old === undefined ? {} : { from: old.text }),
    ...(old?.base64 === undefined ? {} : { fromBase64: old.base64 }),
    ...(isDirectory === undefined ? {} : { directory: isDirectory }),
    target,
    tookMs: arrivedAt - at,
  };
};

const textOf = (bytes: string): { readonly text: string; readonly base64?: string } => {
  const raw = Buffer.from(bytes, 'latin1');
  const text = raw.toString('utf8');
  return Buffer.from(text).equals(raw) ? { text } : { text, base64: raw.toString('base64') };
};
