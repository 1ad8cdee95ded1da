import { type JournalLine, journalMessage } from '../../api/journal-line.ts';

/** What a line of an agent's log says of the journal; undefined where it is about something else. */
export type JournalWord = { readonly entry: JournalLine } | { readonly leftOut: number };

export interface LoggedWord {
  readonly word: JournalWord;
  /** When it was written, RFC 3339. */
  readonly time: string;
}

export const readJournalWord = (line: string): LoggedWord | undefined => {
  // Most lines are others: what can't be one is not parsed.
  if (!line.includes(`"${journalMessage}"`)) return undefined;
  let said: { message?: unknown; time?: unknown; entry?: JournalLine; leftOut?: number };
  try {
    said = JSON.parse(line);
  } catch {
    // Not everything that ends up in a log is ours.
    return undefined;
  }
  const { message, time = '', entry, leftOut } = said;
  if (message !== journalMessage) return undefined;
  if (typeof leftOut === 'number') return { word: { leftOut }, time: String(time) };
  return typeof entry?.path === 'string' ? { word: { entry }, time: String(time) } : undefined;
};

/** A name for a terminal: control characters, with which it could do anything, as rsync writes them. */
const printable = (name: string): string =>
  name.replace(/[\u0000-\u001f\u007f-\u009f]/g, (one) => `\\#${one.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** The same with names that a terminal may get. */
export const printableEntry = ({ pathBase64: _, fromBase64: __, ...entry }: JournalLine): JournalLine => ({
  ...entry,
  path: printable(entry.path),
  ...(entry.from === undefined ? {} : { from: printable(entry.from) }),
});

/** `2026-01-01T12:00:01.123Z  Write       dr  +12 ms  d/a`, as `syncreplica log` writes it. */
export const formatJournalEntry = ({ time, operation, target, tookMs, from, path }: JournalLine): string =>
  `${time}  ${operation.padEnd(10)}  ${target}  +${tookMs} ms  ${from === undefined ? '' : `${printable(from)} → `}${printable(path)}`;
