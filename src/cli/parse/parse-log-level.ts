import { type LogLevel, logLevels } from '../../process/log/logger.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';

/** @throws UsageFailure */
export const parseLogLevel = (text: string | undefined): LogLevel => {
  const level = logLevels.find((name) => name === (text ?? 'info'));
  if (level) return level;
  throw new UsageFailure(`--log-level ${text}: write one of ${logLevels.join(', ')}`);
};
