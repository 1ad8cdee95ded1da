import { Cron } from 'croner';

/**
 * When a schedule next comes round after `from`, in UTC; undefined if it never does.
 * @param schedule a cron expression of five fields or an @name: see `isSchedule`
 */
export const nextRunAfter = (schedule: string, from: Date): Date | undefined =>
  new Cron(schedule, { timezone: 'UTC', paused: true }).nextRun(from) ?? undefined;
