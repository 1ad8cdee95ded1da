import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type PastAnswer, type PastWish, unaskedMs } from '../../sidecar/protocol/history.ts';
import { createHistoryClient, type HistoryClient } from '../../sidecar/protocol/history-client.ts';
import { unpackPast } from '../../sidecar/protocol/unpack-past.ts';
import { formatBytes, formatCount } from '../terminal/format-figures.ts';
import { parseMoment } from '../terminal/parse-moment.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { parseTargetUrl } from './parse-target-url.ts';
import { readCertificates } from './read-certificates.ts';
import {
  renderCheckpoints,
  renderDifferences,
  renderEvents,
  renderGaps,
  renderMoment,
  showPath,
} from './render-history.ts';

interface Options {
  readonly target?: string;
  readonly certs?: string;
  readonly at?: string;
  readonly any?: boolean;
  readonly consistent?: boolean;
  readonly path?: readonly string[];
  readonly to?: string;
  readonly inPlace?: boolean;
  readonly limit?: string;
}

type Verb = 'checkpoints' | 'log' | 'diff' | 'restore' | 'resume';
const defaultLimit = 1_000;

/** `syncreplica history VERB`: what a receiver has kept of the past of its replica. */
export const historyCommand = async (
  given: Options & { readonly verb: string; readonly value?: string },
): Promise<void> => {
  const { verb, value, ...options } = given;
  const run = verbs[verb as Verb] as (typeof verbs)[Verb] | undefined;
  if (!run) throw new UsageFailure(`${verb} is not known; write ${Object.keys(verbs).join(', ')}`);
  const client = openClient(options);
  try {
    await run(client, options, value);
  } finally {
    client.close();
  }
};

const verbs = {
  checkpoints: async (client: HistoryClient, options: Options) => {
    const answer = await client.describe();
    print(renderCheckpoints(answer, limitOf(options)));
    console.log(`kept: ${formatCount(answer.entries)} entries, ${formatBytes(answer.bytes)}`);
    if (answer.rolledBack)
      console.log('the replica stands as it was rolled back; `history resume` lets its source replace it');
  },
  log: async (client: HistoryClient, options: Options, value?: string) => {
    const { events, left } = await client.log({ path: encode(value ?? ''), below: true, limit: limitOf(options) });
    print(renderEvents(events));
    if (left > 0) console.log(`${formatCount(left)} earlier ones are not shown: --limit`);
  },
  diff: async (client: HistoryClient, options: Options, value?: string) => {
    const wish = wishOf(options);
    const answer = await client.diff({ ...wish, path: encode(value ?? ''), limit: limitOf(options) });
    tellMoment(wish, answer);
    print(renderDifferences(answer.differences));
    if (answer.isCut) console.log('there are more: --limit');
  },
  restore: async (client: HistoryClient, options: Options) => {
    const { to, inPlace, path = [] } = options;
    if ((to === undefined) === (inPlace !== true))
      throw new UsageFailure('restore: give --to DIR for a copy, or --in-place to roll the replica back');
    if (to !== undefined) await restoreTo(client, options, resolve(to));
    else if (path.length > 0)
      throw new UsageFailure('restore --in-place: takes no --path, for the whole replica goes back', {
        hint: 'restore the paths --to a directory and copy them where the application is',
      });
    else await rollBack(client, options);
  },
  resume: async (client: HistoryClient) => {
    await client.resume({ by: userInfo().username });
    console.log('resumed: the source replaces what was rolled back');
  },
} satisfies Record<string, (client: HistoryClient, options: Options, value?: string) => Promise<void>>;

const restoreTo = async (client: HistoryClient, options: Options, directory: string): Promise<void> => {
  const paths = (options.path ?? ['']).map(encode);
  const wish = boundedWishOf(options);
  const done = await unpackPast(await client.read({ ...wish, paths }), directory);
  tellMoment(wish, done);
  for (const { path, reason } of done.missing) console.error(`${showPath(path)}: not restored: ${reason}`);
  console.log(`${formatCount(done.entries)} entries are in ${directory}`);
  if (done.missing.length > 0) process.exitCode = 1;
};

const rollBack = async (client: HistoryClient, options: Options): Promise<void> => {
  const wish = boundedWishOf(options);
  const done = await client.rollBack({ ...wish, by: userInfo().username });
  tellMoment(wish, done);
  for (const { path, reason } of done.failed)
    console.error(`${showPath(Buffer.from(path, 'base64url').toString('latin1'))}: is not as it was: ${reason}`);
  console.log(`${formatCount(done.changed)} entries were changed back`);
  console.log('its source is refused until `history resume`, or until the target is promoted to an application');
  if (done.failedCount > 0) process.exitCode = 1;
};

const openClient = ({ target, certs }: Options): HistoryClient => {
  if (target === undefined) throw new UsageFailure('--target is missing; give srep://HOST:PORT/VOLUME');
  const { external } = parseTargetUrl(target).place;
  if (external?.tls !== 'Mutual')
    throw new UsageFailure(`--target ${target}: only a receiver keeps history; give srep://HOST:PORT/VOLUME`);
  if (certs === undefined)
    throw new UsageFailure('--certs is missing; give the agent directory that syncreplica certs made');
  const { ca, cert, key, username, password } = readCertificates(certs);
  return createHistoryClient({
    host: external.address,
    port: external.port,
    volume: external.module,
    tls: { ca, cert, key },
    user: { username, password },
  });
};

const wishOf = ({ at, any, consistent }: Options): PastWish => {
  if (at === undefined)
    throw new UsageFailure('--at is missing; give a time such as 14:05, or 10m for ten minutes ago');
  return { at: parseMoment('--at', at, Date.now()), checkpoint: any !== true, ...(consistent ? { consistent } : {}) };
};

const boundedWishOf = (options: Options): PastWish =>
  options.any || options.consistent ? wishOf(options) : { ...wishOf(options), withinMs: unaskedMs };

const limitOf = ({ limit }: Options): number => {
  const count = limit === undefined ? defaultLimit : Number(limit);
  if (!Number.isInteger(count) || count < 1) throw new UsageFailure(`--limit ${limit}: write a number above 0`);
  return count;
};

/** As the bytes that the shell gave, which Node decoded as UTF-8. */
const encode = (path: string): string => Buffer.from(path.replace(/^\/+|\/+$/g, '')).toString('base64url');

const print = (lines: readonly string[]): void => {
  for (const line of lines) console.log(line);
};

const tellMoment = ({ at }: PastWish, { moment, gaps, missed }: PastAnswer): void => {
  console.log(renderMoment(moment, at, missed));
  for (const line of renderGaps(gaps)) console.error(line);
};
