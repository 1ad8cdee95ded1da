import type { WriteStream } from 'node:tty';

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
}

const defaultColumns = 120;

const visibleLength = (text: string): number => text.replace(/\x1b\[\d+m/g, '').length;

/** Cuts a line to the terminal's width, so that a wrapped line can't break the block. */
const cut = (line: string, columns: number): string => {
  if (visibleLength(line) <= columns) return line;
  let room = columns - 1;
  const kept = line.replace(/(\x1b\[\d+m)|./gsu, (part, color: string | undefined) =>
    color !== undefined || room-- > 0 ? part : '',
  );
  return `${kept}…`;
};

export const makeLiveBlock = (stream: WriteStream & { isTTY?: boolean }, noColor: boolean): LiveBlock => {
  const live = stream.isTTY === true;
  // A terminal may not know its width.
  const columns = (): number => (live && stream.columns > 0 ? stream.columns : defaultColumns);
  let drawn = 0;
  let last = '';
  return {
    paint: live && !noColor ? ansiPaint : plainPaint,
    get columns() {
      return columns();
    },
    draw(lines) {
      if (!live) {
        const text = lines.join('\n');
        if (text !== last) stream.write(`${text}\n`);
        last = text;
        return;
      }
      const up = drawn > 0 ? `\x1b[${drawn}A\r` : '';
      stream.write(`${up}${lines.map((line) => `\x1b[2K${cut(line, columns())}\n`).join('')}\x1b[J`);
      drawn = lines.length;
    },
    leave(lines) {
      const up = live && drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : '';
      stream.write(`${up}${lines.join('\n')}\n`);
      drawn = 0;
    },
  };
};

/** Colours for what is written to standard output: on terminals only, and not with NO_COLOR. */
export const stdoutPaint = (): Paint =>
  process.stdout.isTTY === true && process.env.NO_COLOR === undefined ? ansiPaint : plainPaint;
