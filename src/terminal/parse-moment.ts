import { parseDuration } from '../api/units/duration.ts';
import { UsageFailure } from './usage-failure.ts';

const dayMs = 86_400_000;

/**
 * A moment of the past, ms since the epoch: `14:05` or `14:05:30` (the last time that it was so late, here), `10m` (so long
 * ago), or a date as ISO 8601 has it. `now` likewise. @throws UsageFailure
 */
export const parseMoment = (flag: string, text: string, now: number): number => {
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock) {
    const [, hours, minutes, seconds = '0'] = clock;
    const day = new Date(now);
    day.setHours(Number(hours), Number(minutes), Number(seconds), 0);
    return day.getTime() <= now ? day.getTime() : day.getTime() - dayMs;
  }
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (date > now)
    throw new UsageFailure(`${flag} ${text}: that is in the future; it is ${new Date(now).toISOString()}`);
  if (!Number.isNaN(date)) return date;
  throw new UsageFailure(
    `${flag} ${text}: write a time such as 14:05, 2026-03-01T14:05:00Z, or 10m for ten minutes ago`,
  );
};
