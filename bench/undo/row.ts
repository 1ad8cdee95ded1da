/** One line of the table. */
export interface Row {
  readonly figure: string;
  readonly bar: string;
  readonly value: string;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
