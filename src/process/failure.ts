/**
 * An error a person can act on: the message reads `verb object: why`, `code` is a stable word for programs,
 * `hint` says what to do about it.
 */
export class Failure extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The system's or our own error code of anything that was thrown; '' where there is none. */
export const errorCode = (error: unknown): string => {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
};

/** The message of anything that was thrown. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same with what to do about it, where that is known: for whoever sees nothing but this one sentence. */
export const errorAdvice = (error: unknown): string =>
  error instanceof Failure && error.hint !== undefined ? `${error.message}; ${error.hint}` : errorMessage(error);
