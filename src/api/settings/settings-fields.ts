import * as z from 'zod/mini';
import { isSchedule, rangesRunForwards } from '../units/schedule.ts';
import { isStillUrl, stillUrlNeeded } from './checkpoint-settings.ts';

/** What one value of an agent's settings may be, each with the sentence for what it may not. */
export const say = (message: string) => ({ error: message });
export const text = (message: string) => z.string().check(z.minLength(1, say(message)));
export const whole = (low: number, high: number, message: string) =>
  z.number().check(z.refine((value) => Number.isInteger(value) && value >= low && value <= high, say(message)));
export const durationMs = z.number().check(z.nonnegative(say('a time is a number of milliseconds, 0 or more')));
export const pem = (label: string) =>
  z
    .string()
    .check(
      z.refine(
        (value) => value.includes(`-----BEGIN `) && value.includes(label),
        say(`this is no PEM text; give one with -----BEGIN ${label}-----`),
      ),
    );

export const port = whole(1, 65_535, 'a port is out of range; give a number from 1 to 65535');
export const host = text('a host is empty; give a name or an IP address');
export const name = text("a target's name is empty; give each its own");
export const moduleName = z
  .string()
  .check(
    z.regex(/^[A-Za-z0-9_][-A-Za-z0-9_.]*$/, say('a volume or module is one name; give letters, digits, - . and _')),
  );

export const pattern = z
  .string()
  .check(z.regex(/^[^\n\r]+$/, say('a filter pattern is one line and not empty; give for example *.tmp or /cache/')));

export const workers = whole(1, 32, 'workers is out of range; give a number from 1 to 32');
export const bandwidthLimit = z.optional(
  whole(1024, Number.MAX_SAFE_INTEGER, 'a bandwidth limit is bytes a second; give 1024 or more'),
);
export const fileSize = z.optional(
  whole(1, Number.MAX_SAFE_INTEGER, 'a size of files is a number of bytes; give 1 or more'),
);
export const hookFileBytes = whole(4_096, 1_073_741_824, 'maxBytes is out of range; give 4096 to 1073741824');
export const hookFilesKept = whole(1, 100, 'keep is out of range; give a number from 1 to 100');
export const schedule = z
  .string()
  .check(
    z.refine(
      (value) => isSchedule(value) && rangesRunForwards(value),
      say('a schedule is a cron expression of five fields; give for example 0 3 * * * or @hourly'),
    ),
  );
export const stillUrl = z.string().check(z.refine(isStillUrl, say(stillUrlNeeded)));
export const deletion = z.enum(['Mirror', 'Keep']);
export const compression = z.enum(['None', 'zstd', 'lz4']);
