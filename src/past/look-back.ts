import type { HistoryClient } from '../../sidecar/protocol/connection/history-client.ts';
import type { PastAnswer, PastWish } from '../../sidecar/protocol/past/history.ts';
import { formatBytes, formatCount } from '../terminal/format-figures.ts';
import { encodePath, limitOf, type PastOptions, wishOf } from './past-options.ts';
import { renderCheckpoints, renderDifferences, renderEvents, renderGaps, renderMoment } from './render-past.ts';

export const showCheckpoints = async (client: HistoryClient, options: PastOptions): Promise<void> => {
  const answer = await client.describe();
  print(renderCheckpoints(answer, limitOf(options)));
  console.log(`kept: ${formatCount(answer.entries)} entries, ${formatBytes(answer.bytes)}`);
  if (answer.rolledBack)
    console.log('the replica stands as it was rolled back; `history resume` lets its source replace it');
};

export const showLog = async (client: HistoryClient, options: PastOptions, path = ''): Promise<void> => {
  const { events, left } = await client.log({ path: encodePath(path), below: true, limit: limitOf(options) });
  print(renderEvents(events));
  if (left > 0) console.log(`${formatCount(left)} earlier ones are not shown: --limit`);
};

export const showDiff = async (client: HistoryClient, options: PastOptions, path = ''): Promise<void> => {
  const wish = wishOf(options);
  const answer = await client.diff({ ...wish, path: encodePath(path), limit: limitOf(options) });
  tellMoment(wish, answer, console.log);
  print(renderDifferences(answer.differences));
  if (answer.isCut) console.log('there are more: --limit');
};

/** Which moment an answer is about, and what is not sure about it. */
export const tellMoment = (
  { at }: PastWish,
  { moment, gaps, missed }: PastAnswer,
  say: (line: string) => void,
): void => {
  say(renderMoment(moment, at, missed));
  for (const line of renderGaps(gaps)) console.error(line);
};

const print = (lines: readonly string[]): void => {
  for (const line of lines) console.log(line);
};
