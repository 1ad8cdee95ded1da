import { isIP } from 'node:net';
import { parseDuration } from '../units/duration.ts';
import { parseQuantity } from '../units/quantity.ts';
import { isSchedule, rangesRunForwards } from '../units/schedule.ts';

/** A rule that a schema can't say; the twin of an x-kubernetes-validations entry of the CRD. */
export interface Rule {
  /** Where it applies; `[]` stands for every item. */
  readonly at: string;
  /** Which field is to blame, when it is not the place itself. */
  readonly fieldPath?: string;
  readonly message: string;
  /** `old` is the value before an update, undefined when there is none. */
  readonly holds: (value: never, old: never | undefined) => boolean;
}

export const rule = <T>(
  at: string,
  message: string,
  holds: (value: T, old: T | undefined) => boolean,
  fieldPath?: string,
): Rule => ({ at, message, holds, ...(fieldPath === undefined ? {} : { fieldPath }) });

export const within = (low: number, high: number) => (value: number) => value >= low && value <= high;
export const atLeastMs = (minimumMs: number) => (text: string) => (parseDuration(text) ?? minimumMs) >= minimumMs;

export const durationRule = (at: string): Rule =>
  rule<string>(
    at,
    'a duration needs a unit; write for example 500ms, 10s, 5m or 1h30m',
    (text) => parseDuration(text) !== undefined,
  );

export const patternRule = (at: string): Rule =>
  rule<string>(at, 'a filter pattern is one line and not empty; write for example *.tmp or /cache/', (text) =>
    /^[^\n\r]+$/.test(text),
  );

export const addressRule = (at: string): Rule =>
  rule<string>(
    at,
    'an address is a host name or an IP address without scheme, port or path; write for example backup.example.com',
    (address) => isIP(address) !== 0 || /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/.test(address),
  );

export const portRule = (at: string): Rule =>
  rule<number>(at, 'a port is out of range; write a number from 1 to 65535', within(1, 65_535));

export const workersRule = (at: string): Rule =>
  rule<number>(at, 'workers is out of range; write a number from 1 to 32', within(1, 32));

export const bandwidthRule = (at: string): Rule =>
  rule<string>(
    at,
    'a bandwidth limit is a quantity of bytes a second, 1Ki or more; write for example 50Mi',
    (limit) => (parseQuantity(limit) ?? 0) >= 1024,
  );

export const scheduleRules = (at: string): readonly Rule[] => [
  rule<string>(
    at,
    'a schedule is a cron expression of five fields; write for example 0 3 * * * or @hourly',
    isSchedule,
  ),
  rule<string>(
    at,
    'a range of a schedule runs backwards; write the lower number first, for example 1-5',
    rangesRunForwards,
  ),
];

export const hostRule = (at: string): Rule =>
  rule<string>(at, 'write an address such as 10.0.0.7 or a network such as 10.0.0.0/8', (entry) => {
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    if (version === 0 || rest.length > 0) return false;
    return prefix === undefined || (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (version === 6 ? 128 : 32));
  });

export const relativeRule = (at: string): Rule =>
  rule<string>(
    at,
    "a path is relative to the volume's root; write it without the leading slash, for example images",
    (path) => !path.startsWith('/'),
  );

export const plainRule = (at: string): Rule =>
  rule<string>(
    at,
    "a path can't hold .. or .; write it as it is below the volume's root, for example site/images",
    (path) => !path.split('/').some((part) => part === '..' || part === '.'),
  );
