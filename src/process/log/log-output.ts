import type { Writable } from 'node:stream';
import type { LogFormat } from './logger.ts';

/** Takes whole lines of JSON. */
export interface LogOutput {
  write(line: string): void;
}

/**
 * Where log lines of a format go; undefined for JSON, which the logger writes itself. What makes text of them is loaded
 * only where it is asked for.
 */
export const openLogOutput = async (
  format: LogFormat,
  stream: Writable & { isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LogOutput | undefined> => {
  if (format === 'json') return undefined;
  const colorize = stream.isTTY === true && environment.NO_COLOR === undefined;
  return (await import('./text-lines.ts')).makeTextLines(stream, colorize);
};

/** What is asked for, else text for a person at a terminal and JSON for everything else. */
export const chooseLogFormat = (asked: LogFormat | undefined, isTerminal: boolean): LogFormat =>
  asked ?? (isTerminal ? 'text' : 'json');
