/** `wrong` makes the doctor end with 1; `unknown` is what could not be looked at, with who could. */
export type Level = 'wrong' | 'warning' | 'unknown' | 'fine';

interface Said {
  readonly check: string;
  /** What it is about: `namespace/name`, or a word for the whole. */
  readonly about: string;
  readonly message: string;
}

/** Who is told of a fault is told what to do. */
export type Finding =
  | (Said & { readonly level: 'wrong' | 'warning'; readonly remedy: string })
  | (Said & { readonly level: 'unknown' | 'fine'; readonly remedy?: string });

const order: readonly Level[] = ['wrong', 'warning', 'unknown', 'fine'];

/** The worst first, else in the order of the checks. */
export const sortFindings = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
