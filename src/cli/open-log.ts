import { chooseLogFormat, openLogOutput } from '../process/log/log-output.ts';
import { createLogger, type LogFormat, type Logger, logFormats } from '../process/log/logger.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { parseLogLevel } from './parse/parse-log-level.ts';

export interface LogOptions {
  readonly logLevel?: string;
  readonly logFormat?: string;
}

const parseLogFormat = (text: string | undefined): LogFormat | undefined => {
  if (text === undefined) return undefined;
  const format = logFormats.find((one) => one === text);
  if (format === undefined) throw new UsageFailure(`--log-format ${text}: write ${logFormats.join(' or ')}`);
  return format;
};

/** The log of a command: text on a terminal, JSON lines elsewhere, unless it is said. @throws UsageFailure */
export const openLog = async (name: string, { logLevel, logFormat }: LogOptions): Promise<Logger> => {
  const format = chooseLogFormat(parseLogFormat(logFormat), process.stdout.isTTY === true);
  const out = await openLogOutput(format, process.stdout, process.env);
  return createLogger({ name, level: parseLogLevel(logLevel), out });
};
