import type { SourcePatch } from './patch-sources.ts';

/** A fault that is put back, to see that the simulation finds it. */
export interface PutBack {
  /** What is wrong then. */
  readonly fault: string;
  readonly patches: readonly SourcePatch[];
  /** It has to be found within so many histories. */
  readonly within: number;
}

/** One line is another. */
export const one = (fault: string, within: number, file: string, find: string, replace: string): PutBack => ({
  fault,
  within,
  patches: [{ file, find, replace }],
});
