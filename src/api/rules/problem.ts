/** What is wrong with one field. The message says what to write instead; the apiserver's answer holds the same sentence. */
export interface Problem {
  /** Where, as kubectl shows it: `spec.targets[0].external.port`. */
  readonly field: string;
  readonly message: string;
  readonly code: ProblemCode;
}

export type ProblemCode =
  | 'UnknownField'
  | 'Required'
  | 'WrongType'
  | 'NotSupported'
  | 'TooShort'
  | 'TooLong'
  | 'TooMany'
  | 'Duplicate'
  | 'Invalid';

/** One line for a person. */
export const describeProblem = (problem: Problem): string =>
  problem.code === 'UnknownField' ? problem.message : `${problem.field}: ${problem.message}`;
