import type { RawChange } from '../../../sidecar/agent/changes/change.ts';
import type { EventLine, WatchEvent } from '../../terminal/format-event.ts';

const simple: Readonly<Record<Exclude<RawChange['kind'], 'move' | 'rescan'>, WatchEvent>> = {
  create: 'CREATE',
  modify: 'MODIFY',
  write: 'CLOSE_WRITE',
  attributes: 'ATTRIB',
  delete: 'DELETE',
};

/** What inotifywait would say of a change; a move is two lines, one after the other. `root` ends with a slash. */
export const linesOf = (change: RawChange, root: string, cookie: number): readonly EventLine[] => {
  const placeOf = (path: string) => {
    const cut = path.lastIndexOf('/') + 1;
    return { directory: root + path.slice(0, cut), name: path.slice(cut) };
  };
  if (change.kind === 'rescan') {
    const directory = change.path === '' ? root : `${root}${change.path}/`;
    return [{ event: 'RESCAN', directory, name: '', isDirectory: true, cookie: 0, reason: change.reason }];
  }
  const isDirectory = 'isDirectory' in change && change.isDirectory;
  if (change.kind !== 'move') return [{ event: simple[change.kind], ...placeOf(change.path), isDirectory, cookie: 0 }];
  return [
    { event: 'MOVED_FROM', ...placeOf(change.from), isDirectory, cookie },
    { event: 'MOVED_TO', ...placeOf(change.path), isDirectory, cookie },
  ];
};

/** A name for JSON: as text where it is UTF-8, and in any case whole. */
const named = (key: string, bytes: string): Record<string, string> => {
  const raw = Buffer.from(bytes, 'latin1');
  const text = raw.toString('utf8');
  return Buffer.from(text).equals(raw) ? { [key]: text } : { [key]: text, [`${key}Base64`]: raw.toString('base64') };
};

/** One object for each change, a move being one; `root` ends with a slash. */
export const formatJson = (change: RawChange, root: string, atMs: number): string => {
  const event = change.kind === 'write' ? 'close-write' : change.kind;
  return `${JSON.stringify({
    time: new Date(atMs).toISOString(),
    event,
    ...named('path', root + change.path),
    ...(change.kind === 'move' ? named('from', root + change.from) : {}),
    ...('isDirectory' in change ? { directory: change.isDirectory } : {}),
    ...(change.kind === 'rescan' ? { reason: change.reason } : {}),
  })}\n`;
};
