import { userInfo } from 'node:os';
import type { HistoryClient } from '../../sidecar/protocol/connection/history-client.ts';
import { formatCount } from '../terminal/format-figures.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { showCheckpoints, showDiff, showLog, tellMoment } from './look-back.ts';
import { boundedWishOf, type PastOptions } from './past-options.ts';
import { showPath } from './render-past.ts';
import { forgetBeside, type SayWhere, showBeside, standBeside } from './stand-beside.ts';
import { takeOut } from './take-out.ts';

type PastVerb = (
  client: HistoryClient,
  options: PastOptions,
  value: string | undefined,
  where: SayWhere,
) => Promise<void>;

/** What tells of the past, and changes neither it nor the replica. */
export const readingVerbs: Readonly<Record<string, PastVerb>> = {
  checkpoints: showCheckpoints,
  log: showLog,
  diff: showDiff,
  restore: (client, options, _value, where) =>
    options.beside === undefined ? takeOut(client, options) : standBeside(client, onlyBeside(options), where),
  beside: showBeside,
  forget: (client, _options, name) => forgetBeside(client, name),
};

const onlyBeside = (options: PastOptions): PastOptions => {
  if (options.to === undefined && options.into === undefined) return options;
  throw new UsageFailure('restore --beside: takes neither --to nor --into');
};

/** What somebody may ask of a receiver on a plain machine. */
export const pastVerbs: Readonly<Record<string, PastVerb>> = {
  ...readingVerbs,
  restore: async (client, options, value, where) => {
    const { to, into, beside, inPlace, path = [] } = options;
    if (inPlace !== true) return readingVerbs.restore?.(client, options, value, where);
    if (to !== undefined || into !== undefined || beside !== undefined)
      throw new UsageFailure('restore --in-place: takes neither --to, --into nor --beside');
    if (path.length > 0)
      throw new UsageFailure('restore --in-place: takes no --path: what is put back here its source would replace', {
        hint: 'put the paths back at their source, which sends them: --into its directory, on its machine',
      });
    await rollBack(client, options);
  },
  resume: async (client) => {
    await client.resume({ by: userInfo().username });
    console.log('resumed: the source replaces what was rolled back');
  },
};

const rollBack = async (client: HistoryClient, options: PastOptions): Promise<void> => {
  const wish = boundedWishOf(options);
  const done = await client.rollBack({ ...wish, by: userInfo().username });
  tellMoment(wish, done, console.log);
  for (const { path, reason } of done.failed)
    console.error(`${showPath(Buffer.from(path, 'base64url').toString('latin1'))}: is not as it was: ${reason}`);
  console.log(`${formatCount(done.changed)} entries were changed back`);
  console.log('its source is refused until `history resume`, or until the target is promoted to an application');
  if (done.failedCount > 0) process.exitCode = 1;
};

/** @throws UsageFailure for a verb that is not known */
export const findPastVerb = (verbs: Readonly<Record<string, PastVerb>>, name: string): PastVerb => {
  const run = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (run) return run;
  throw new UsageFailure(`${name} is not known; write ${Object.keys(verbs).join(', ')}`);
};
