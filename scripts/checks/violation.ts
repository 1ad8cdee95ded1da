/** What a check found: where, and what to do about it. */
export interface Violation {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** Files of the repository as path → text, paths relative to its root with `/`. */
export type SourceTree = ReadonlyMap<string, string>;
