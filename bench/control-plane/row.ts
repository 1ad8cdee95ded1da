/** One line of the table. */
export interface Row {
  readonly figure: string;
  readonly bar: string;
  readonly value: string;
}
