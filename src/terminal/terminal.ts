import type { WriteStream } from 'node:tty';
import cliTruncate from 'cli-truncate';
import { createLogUpdate } from 'log-update';
import { widthOf } from './width.ts';

export type Color = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

const codes: Readonly<Record<Color, number>> = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 };

/** Colours a text, or leaves it as it is. */
export type Paint = (color: Color, text: string) => string;

export const plainPaint: Paint = (_, text) => text;
export const ansiPaint: Paint = (color, text) => `\x1b[${codes[color]}m${text}\x1b[0m`;

/** A block of lines that is drawn over itself: on a terminal only; elsewhere each block is written once it differs. */
export interface LiveBlock {
  readonly paint: Paint;
  readonly columns: number;
  draw(lines: readonly string[]): void;
  /** Writes lines for good, whole, in place of what was drawn. */
  leave(lines: readonly string[]): void;
  /** What was drawn last stays. */
  end(): void;
}

const defaultColumns = 120;
const defaultRows = 40;

/** A wide character at the very end is kept whole, a column too far. */
const cut = (line: string, columns: number): string => {
  const kept = cliTruncate(line, columns);
  return widthOf(kept) <= columns ? kept : cliTruncate(line, columns - 1);
};

export const makeLiveBlock = (stream: WriteStream & { isTTY?: boolean }, noColor: boolean): LiveBlock => {
  const live = stream.isTTY === true;
  // A terminal may not know its width.
  const columns = (): number => (live && stream.columns > 0 ? stream.columns : defaultColumns);
  const sized = {
    write: (text: string) => stream.write(text),
    get columns() {
      return columns();
    },
    get rows() {
      return stream.rows || defaultRows;
    },
  } as WriteStream;
  const screen = live ? createLogUpdate(sized, { showCursor: true }) : undefined;
  let drawn: { readonly lines: readonly string[]; readonly columns: number } = { lines: [], columns: 0 };
  let last = '';
  /** A terminal that became narrower has broken the lines anew: more of them are to be erased than were drawn. */
  const forgetBroken = (): void => {
    const width = columns();
    if (screen === undefined || width >= drawn.columns || drawn.lines.length === 0) return;
    const rows = drawn.lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / width)), 0);
    stream.write(`\x1b[${rows}F\x1b[J`);
    screen.done();
    drawn = { lines: [], columns: 0 };
  };
  return {
    paint: live && !noColor ? ansiPaint : plainPaint,
    get columns() {
      return columns();
    },
    draw(lines) {
      if (screen) {
        forgetBroken();
        drawn = { lines: lines.map((line) => cut(line, columns())), columns: columns() };
        return screen(drawn.lines.join('\n'));
      }
      const text = lines.join('\n');
      if (text !== last) stream.write(`${text}\n`);
      last = text;
    },
    leave(lines) {
      forgetBroken();
      if (screen) screen.persist(lines.join('\n'));
      else stream.write(`${lines.join('\n')}\n`);
    },
    end() {
      screen?.done();
    },
  };
};

/** Colours for what is written to standard output: on terminals only, and not with NO_COLOR. */
export const stdoutPaint = (): Paint =>
  process.stdout.isTTY === true && process.env.NO_COLOR === undefined ? ansiPaint : plainPaint;
