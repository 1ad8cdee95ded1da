import stringWidth from 'string-width';

/** Columns that a text takes on a terminal: wide characters take two, marks and colours none. */
export const widthOf = (text: string): number => stringWidth(text);

/** Fills up with spaces to so many columns. */
export const padToWidth = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));
