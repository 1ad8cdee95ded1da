import type { Paint } from './terminal.ts';
import { widthOf } from './width.ts';

/** A cell is a text, or a text with the colour that says how it is. */
export type Cell = string | { readonly text: string; readonly color: 'red' | 'green' | 'yellow' | 'dim' };

const gap = '   ';

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/** Columns under their names, as kubectl prints them: as wide as their widest cell, the last one without padding. */
export const renderTable = (
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): readonly string[] => {
  const widths = headings.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, widthOf(textOf(row[column] ?? ''))), heading.length),
  );
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const text = textOf(cell);
        const padding = column === cells.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - widthOf(text));
        return `${typeof cell === 'string' ? text : paint(cell.color, text)}${padding}`;
      })
      .join(gap)
      .trimEnd();
  return [line(headings), ...rows.map(line)];
};
