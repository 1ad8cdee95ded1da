import type { RawChange } from '../../sidecar/agent/changes/change.ts';

/** Events by inotifywait's names. */
export const watchEvents = [
  'CREATE',
  'MODIFY',
  'CLOSE_WRITE',
  'ATTRIB',
  'DELETE',
  'MOVED_FROM',
  'MOVED_TO',
  'RESCAN',
] as const;
export type WatchEvent = (typeof watchEvents)[number];

/** One line of `syncreplica watch`. Directory and name are bytes as latin1 text. */
export interface WatchLine {
  readonly event: WatchEvent;
  /** The watched root and what leads to the directory, with a slash at its end. */
  readonly directory: string;
  readonly name: string;
  readonly isDirectory: boolean;
  /** Both halves of a move have the same number, which no other has; 0 for all else. */
  readonly cookie: number;
  readonly reason?: string;
}

const simple: Readonly<Record<Exclude<RawChange['kind'], 'move' | 'rescan'>, WatchEvent>> = {
  create: 'CREATE',
  modify: 'MODIFY',
  write: 'CLOSE_WRITE',
  attributes: 'ATTRIB',
  delete: 'DELETE',
};

/** What inotifywait would say of a change; a move is two lines, one after the other. `root` ends with a slash. */
export const linesOf = (change: RawChange, root: string, cookie: number): readonly WatchLine[] => {
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

/** As inotifywait prints an event. */
const eventText = ({ event, isDirectory, reason }: WatchLine, separator = ','): string =>
  [
    event,
    ...(event === 'CLOSE_WRITE' ? ['CLOSE'] : []),
    ...(isDirectory ? ['ISDIR'] : []),
    ...(reason === undefined ? [] : [reason]),
  ].join(separator);

/**
 * A line by inotifywait's format: %w directory, %f name, %e events with commas, %Xe with X instead, %T time, %c the move's number,
 * %0 NUL, %n line end, %% a per cent sign.
 */
export const formatLine = (line: WatchLine, format: string, time: string): string =>
  format.replace(/%(?:(.)e|([wfeTc0n%]))/gs, (_, separator: string | undefined, letter: string) => {
    if (separator !== undefined) return eventText(line, separator);
    switch (letter) {
      case 'w':
        return line.directory;
      case 'f':
        return line.name;
      case 'e':
        return eventText(line);
      case 'T':
        return time;
      case 'c':
        return String(line.cookie);
      case '0':
        return '\0';
      case 'n':
        return '\n';
      default:
        return '%';
    }
  });

export const defaultFormat = '%w %e %f%n';

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
