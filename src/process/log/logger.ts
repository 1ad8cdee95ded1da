import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

/** Structured log lines: a constant message and its fields; an error goes in the field `err`. Never a secret. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** With a level of its own, or that of this one. */
  child(fields: object, options?: { readonly level: LogLevel }): Logger;
}

/**
 * Writes JSON lines to stdout (default) or stderr, synchronously: a line is out before a crash can lose it,
 * and no worker thread or buffer costs memory. `time` is ISO 8601, `level` a word. `out` takes the lines instead.
 */
export const createLogger = (
  options: { name?: string; level?: LogLevel; stream?: 'stdout' | 'stderr'; out?: DestinationStream | undefined } = {},
): Logger => {
  const out = options.out ?? jsonLines(options.stream === 'stderr' ? 2 : 1);
  return pino(
    {
      level: options.level ?? 'info',
      base: options.name === undefined ? null : { name: options.name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
    },
    out,
  );
};

const jsonLines = (fd: 1 | 2): DestinationStream => {
  const out = destination({ fd, sync: true });
  // A reader that went away must not end a process that replicates data.
  out.on('error', () => {});
  return out;
};

/** A logger that says nothing, for tests and for libraries used without one. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
