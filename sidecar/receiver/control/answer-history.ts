import type { Readable } from 'node:stream';
import type {
  HistoryAnswer,
  HistoryDiffAnswer,
  HistoryDiffRequest,
  HistoryLogAnswer,
  HistoryLogRequest,
  HistoryReadRequest,
  PastWish,
  ResumeRequest,
  RollBackAnswer,
  RollBackRequest,
} from '../../protocol/history.ts';
import { badRequest, count, parseLineageId, text, texts } from './control-request.ts';

/** What the control connection can ask of a volume's history. Each may throw a Refusal. */
export interface HistoryControl {
  describe(volume: string): HistoryAnswer;
  log(volume: string, request: HistoryLogRequest): HistoryLogAnswer;
  diff(volume: string, request: HistoryDiffRequest): Promise<HistoryDiffAnswer>;
  read(volume: string, request: HistoryReadRequest): Promise<Readable>;
  rollBack(volume: string, request: RollBackRequest): Promise<RollBackAnswer>;
  resume(volume: string, request: ResumeRequest): Promise<void>;
}

type Body = Record<string, unknown>;

const longestPath = 16_384;
const mostAnswered = 100_000;
const longestBy = 300;

/** What tells of the past, and changes nothing. */
export const isHistoryRead = (asked: string): boolean =>
  ['GET history', 'POST history-log', 'POST history-diff', 'POST history-read'].includes(asked);

/** The routes of history.ts; undefined for any other. */
export const answerHistory = (
  asked: string,
  history: HistoryControl,
  volume: string,
  readBody: () => Promise<Body>,
): Promise<unknown> | undefined => {
  switch (asked) {
    case 'GET history':
      return Promise.resolve().then(() => history.describe(volume));
    case 'POST history-log':
      return readBody().then((body) => history.log(volume, parseLog(body)));
    case 'POST history-diff':
      return readBody().then((body) => history.diff(volume, { ...parseWish(body), ...parsePlace(body) }));
    case 'POST history-read':
      return readBody().then((body) => history.read(volume, { ...parseWish(body), paths: texts(body, 'paths') }));
    case 'POST roll-back':
      return readBody().then((body) =>
        history.rollBack(volume, {
          ...parseWish(body),
          by: text(body, 'by', longestBy),
          ...(body.lineage === undefined ? {} : { lineage: { id: parseLineageId(body.lineage) } }),
        }),
      );
    case 'DELETE roll-back':
      return readBody().then((body) => history.resume(volume, { by: text(body, 'by', longestBy) }));
    default:
      return undefined;
  }
};

const parseWish = (body: Body): PastWish => ({
  at: count(body, 'at'),
  checkpoint: flag(body, 'checkpoint'),
  ...(body.consistent === true ? { consistent: true } : {}),
  ...(body.withinMs === undefined ? {} : { withinMs: count(body, 'withinMs') }),
});

const parsePlace = (body: Body): { path: string; limit: number } => ({
  path: text(body, 'path', longestPath),
  limit: Math.min(mostAnswered, count(body, 'limit')),
});

const parseLog = (body: Body): HistoryLogRequest => ({ ...parsePlace(body), below: flag(body, 'below') });

const flag = (body: Body, field: string): boolean => {
  const value = body[field];
  if (typeof value === 'boolean') return value;
  throw badRequest(`read request: ${field} must be true or false`);
};
