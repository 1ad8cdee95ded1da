import type { HistoryAnswer, HistoryDiffAnswer, HistoryLogAnswer } from '../../sidecar/protocol/past/history.ts';
import { formatCount, formatSeconds } from '../terminal/format-figures.ts';

/** Local time, to the second. */
export const showTime = (ms: number): string => {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 19).replace('T', ' ');
};

/** A path (binary string) as a terminal may show it. */
export const showPath = (path: string): string =>
  Buffer.from(path, 'latin1')
    .toString('utf8')
    .replace(/[\x00-\x1f\x7f]/g, '?') || '.';

const decode = (text: string): string => showPath(Buffer.from(text, 'base64url').toString('latin1'));

const reasons: Readonly<Record<string, string>> = {
  crash: 'the receiver’s machine crashed: the newest seconds before it may be missing',
  start: 'nothing was kept for a while',
  writer: 'an agent that keeps no history wrote',
  promoted:
    'it became a target again; what an application wrote to it before that, in place of its source, is told as if it had always been there',
};

/** What may be incomplete, in a sentence each. */
export const renderGaps = (gaps: HistoryAnswer['gaps']): string[] =>
  gaps.map(({ at, why }) => `not sure: at ${showTime(at)} ${reasons[why] ?? why}`);

/** Which moment was taken for a wish, how old it is, and whether that matters. */
export const renderMoment = (
  { at, checkpoint }: HistoryAnswer['moments'][number],
  wishedAt: number,
  missed: number | undefined,
): string => {
  const kind = checkpoint?.isConsistent ? 'consistent checkpoint' : 'checkpoint';
  const what = `${checkpoint ? kind : 'moment with changes under way'} of ${showTime(at)}`;
  const between =
    missed === undefined
      ? ''
      : missed === 0
        ? '; nothing changed between'
        : `; ${missed === 1 ? '1 change' : `${formatCount(missed)} changes`} came between and ${missed === 1 ? 'is' : 'are'} not in it`;
  return `${what}, ${formatSeconds((wishedAt - at) / 1000)} before ${showTime(wishedAt)}${between}`;
};

/** The last `limit` moments, each with what it is. */
export const renderCheckpoints = ({ moments, gaps }: HistoryAnswer, limit: number): string[] => [
  ...moments
    .slice(-limit)
    .map(({ at, checkpoint }) =>
      checkpoint
        ? `${showTime(at)}  checkpoint  epoch ${checkpoint.epoch}, change ${checkpoint.sequence}${checkpoint.isConsistent ? ', consistent' : ''}`
        : `${showTime(at)}  moment      changes were under way (--any)`,
    ),
  ...renderGaps(gaps),
];

export const renderEvents = (events: HistoryLogAnswer['events']): string[] =>
  events.map(({ at, what, path }) => `${showTime(at)}  ${what.padEnd(12)}  ${decode(path)}`);

const signs: Readonly<Record<string, string>> = { made: '+', deleted: '-', changed: 'M', attributes: 'A' };

export const renderDifferences = (differences: HistoryDiffAnswer['differences']): string[] =>
  differences.map(({ path, what, isDirectory }) => `${signs[what] ?? '?'} ${decode(path)}${isDirectory ? '/' : ''}`);
