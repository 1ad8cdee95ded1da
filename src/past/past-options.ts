import { type PastWish, unaskedMs } from '../../sidecar/protocol/past/history.ts';
import { parseMoment } from '../terminal/parse-moment.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';

/** What can be said of what is asked of the past. */
export interface PastOptions {
  readonly at?: string;
  readonly any?: boolean;
  readonly consistent?: boolean;
  readonly path?: readonly string[];
  readonly to?: string;
  readonly into?: string;
  readonly beside?: string;
  readonly keep?: string;
  readonly inPlace?: boolean;
  readonly limit?: string;
}

const defaultLimit = 1_000;

export const wishOf = ({ at, any, consistent }: PastOptions): PastWish => {
  if (at === undefined)
    throw new UsageFailure('--at is missing; give a time such as 14:05, or 10m for ten minutes ago');
  return { at: parseMoment('--at', at, Date.now()), checkpoint: any !== true, ...(consistent ? { consistent } : {}) };
};

/** Where something is made of it, an old checkpoint is not taken unasked. */
export const boundedWishOf = (options: PastOptions): PastWish =>
  options.any || options.consistent ? wishOf(options) : { ...wishOf(options), withinMs: unaskedMs };

export const limitOf = ({ limit }: PastOptions): number => {
  const count = limit === undefined ? defaultLimit : Number(limit);
  if (!Number.isInteger(count) || count < 1) throw new UsageFailure(`--limit ${limit}: write a number above 0`);
  return count;
};

/** A path of the replica, as the bytes that the shell gave, which Node decoded as UTF-8. */
export const encodePath = (path: string): string => Buffer.from(path.replace(/^\/+|\/+$/g, '')).toString('base64url');
