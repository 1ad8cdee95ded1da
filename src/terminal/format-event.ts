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

/** What is said of one event. Directory and name are bytes as latin1 text. */
export interface EventLine {
  readonly event: WatchEvent;
  /** The watched root and what leads to the directory, with a slash at its end. */
  readonly directory: string;
  readonly name: string;
  readonly isDirectory: boolean;
  /** Both halves of a move have the same number, which no other has; 0 for all else. */
  readonly cookie: number;
  readonly reason?: string;
  /** Of what was sent: to whom, and how long after the event it was there. */
  readonly sent?: { readonly target: string; readonly tookMs: number };
}

/** As inotifywait prints an event. */
const eventText = ({ event, isDirectory, reason }: EventLine, separator = ','): string =>
  [
    event,
    ...(event === 'CLOSE_WRITE' ? ['CLOSE'] : []),
    ...(isDirectory ? ['ISDIR'] : []),
    ...(reason === undefined ? [] : [reason]),
  ].join(separator);

/**
 * A line by inotifywait's format: %w directory, %f name, %e events with commas, %Xe with X instead, %T time, %c the move's number,
 * %0 NUL, %n line end, %% a per cent sign; of what was sent %t the target and %d how many milliseconds it took.
 */
export const formatLine = (line: EventLine, format: string, time: string): string =>
  format.replace(/%(?:(.)e|([wfeTctd0n%]))/gs, (all, separator: string | undefined, letter: string) => {
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
      case 't':
        return line.sent?.target ?? all;
      case 'd':
        return line.sent === undefined ? all : String(line.sent.tookMs);
      case '0':
        return '\0';
      case 'n':
        return '\n';
      default:
        return '%';
    }
  });

export const defaultFormat = '%w %e %f%n';

/** What a person wrote, as the bytes that it is; where it has no end of its own it gets one. */
export const readFormat = (format: string, end: string): string => {
  const bytes = Buffer.from(format).toString('latin1');
  return /%[0n]/.test(bytes) ? bytes : `${bytes}${end}`;
};
