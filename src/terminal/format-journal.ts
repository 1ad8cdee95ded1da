import type { JournalLine } from '../api/journal-line.ts';
import { type EventLine, formatLine, type WatchEvent } from './format-event.ts';

const events: Readonly<Record<string, WatchEvent>> = {
  Write: 'CLOSE_WRITE',
  Create: 'CREATE',
  Delete: 'DELETE',
  Attributes: 'ATTRIB',
};

/** What was sent in inotifywait's words, binary text; a move is two lines. `root` is '' or ends with a slash; `move` is its number. */
export const formatJournal = (line: JournalLine, format: string, root: string, move: number): string => {
  const { time, operation, path, pathBase64, from, fromBase64, target, tookMs } = line;
  const lineOf = (event: WatchEvent, name: string, cookie: number): string => {
    const cut = name.lastIndexOf('/') + 1;
    const place = { directory: root + name.slice(0, cut), name: name.slice(cut) };
    const said: EventLine = { event, ...place, isDirectory: line.directory === true, cookie, sent: { target, tookMs } };
    return formatLine(said, format, time);
  };
  const to = bytesOf(path, pathBase64);
  if (from === undefined) return lineOf(events[operation] ?? 'MODIFY', to, 0);
  return lineOf('MOVED_FROM', bytesOf(from, fromBase64), move) + lineOf('MOVED_TO', to, move);
};

const bytesOf = (text: string, base64: string | undefined): string =>
  (base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64')).toString('latin1');
