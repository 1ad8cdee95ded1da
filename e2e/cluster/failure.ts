/**
 * What went wrong with the test cluster, in one sentence of the form `verb object: why`.
 * `code` is stable for programs, `hint` says to a person what to do.
 */
export class ClusterError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ClusterError';
    this.code = code;
    this.hint = hint;
  }
}

/** One line for a terminal: the sentence and, when there is one, what to do. */
export function describeFailure(error: unknown): string {
  if (error instanceof ClusterError) return error.hint === '' ? error.message : `${error.message}. ${error.hint}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
