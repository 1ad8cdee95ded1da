import type { Readable } from 'node:stream';
import {
  type BesideRequest,
  type ForgetBesideRequest,
  isBesideName,
  longestBesideMs,
  type TreeBeside,
} from '../../protocol/past/beside.ts';
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
} from '../../protocol/past/history.ts';
import { badRequest, count, parseLineageId, text, texts } from './control-request.ts';

/** What the control connection can ask of a volume's history. Each may throw a Refusal. */
export interface HistoryControl {
  describe(volume: string): HistoryAnswer;
  log(volume: string, request: HistoryLogRequest): HistoryLogAnswer;
  diff(volume: string, request: HistoryDiffRequest): Promise<HistoryDiffAnswer>;
  read(volume: string, request: HistoryReadRequest): Promise<Readable>;
  listBeside(volume: string): readonly TreeBeside[];
  makeBeside(volume: string, request: BesideRequest): Promise<TreeBeside>;
  forgetBeside(volume: string, request: ForgetBesideRequest): void;
  rollBack(volume: string, request: RollBackRequest): Promise<RollBackAnswer>;
  resume(volume: string, request: ResumeRequest): Promise<void>;
}

type Body = Record<string, unknown>;

const longestPath = 16_384;
const mostAnswered = 100_000;
const longestBy = 300;

/** What tells of the past, and changes neither it nor the replica. */
export const isHistoryRead = (asked: string): boolean => / history(-log|-diff|-read|-beside)?$/.test(asked);

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
    case 'GET history-beside':
      return Promise.resolve().then(() => history.listBeside(volume));
    case 'POST history-beside':
      return readBody().then((body) => history.makeBeside(volume, { ...parseWish(body), ...parseBeside(body) }));
    case 'DELETE history-beside':
      return readBody().then((body) => history.forgetBeside(volume, { name: text(body, 'name', longestBy) }));
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

const parseBeside = (body: Body): Pick<BesideRequest, 'name' | 'paths' | 'keepMs'> => {
  const name = text(body, 'name', longestBy);
  if (!isBesideName(name)) throw badRequest('read request: name must be of letters, digits, "." "_" and "-"');
  return { name, paths: texts(body, 'paths'), keepMs: Math.min(longestBesideMs, count(body, 'keepMs')) };
};

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
