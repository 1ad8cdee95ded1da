import type { HoldAnswer, HoldEndAnswer, HoldEndRequest, HoldRequest } from '../../protocol/hold.ts';
import { badRequest, count, text } from '../control/control-request.ts';

export interface HoldControl {
  begin(volume: string, request: HoldRequest): Promise<HoldAnswer>;
  end(volume: string, request: HoldEndRequest): Promise<HoldEndAnswer>;
}

type Body = Record<string, unknown>;

/** Writers wait behind it: nobody may make them wait for long. */
const longestHoldMs = 60_000;
const longestWaitMs = 60_000;
const longestId = 100;

/** The routes of hold.ts; undefined for any other. */
export const answerHold = (
  asked: string,
  hold: HoldControl,
  volume: string,
  readBody: () => Promise<Body>,
): Promise<unknown> | undefined => {
  switch (asked) {
    case 'PUT hold':
      return readBody().then((body) => hold.begin(volume, parseHold(body)));
    case 'DELETE hold':
      return readBody().then((body) => hold.end(volume, { id: text(body, 'id', longestId) }));
    default:
      return undefined;
  }
};

const parseHold = (body: Body): HoldRequest => {
  const request = { id: text(body, 'id', longestId), waitMs: count(body, 'waitMs'), forMs: count(body, 'forMs') };
  if (request.forMs > longestHoldMs || request.waitMs > longestWaitMs)
    throw badRequest(`read request: writes are held for at most ${longestHoldMs / 1000} s`);
  return request;
};
