/** `wrong` makes the doctor end with 1; `unknown` is what could not be looked at, with who could. */
export type Level = 'wrong' | 'warning' | 'unknown' | 'fine';

export interface Finding {
  readonly level: Level;
  readonly check: string;
  /** What it is about: `namespace/name`, or a word for the whole. */
  readonly about: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}

const order: readonly Level[] = ['wrong', 'warning', 'unknown', 'fine'];

/** The worst first, else in the order of the checks. */
export const sortFindings = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
