import type { RolledBackTo } from '../../../sidecar/protocol/past/past.ts';
import type { ConditionVerdict } from '../../api/conditions.ts';
import { annotations } from '../../api/names.ts';
import type { ManagedTarget } from '../../api/resolved-spec.ts';
import type { Observed } from '../observed.ts';
import type { Part } from './parts.ts';

/** What a target is to be rolled back to as it is promoted. */
export interface RollBackWish {
  /** ms since the epoch. */
  readonly atMs: number;
  /** `any`: also a moment at which changes were under way, however old; `consistent`: one for which the application was still. */
  readonly which: 'any' | 'checkpoint' | 'consistent';
}

const orderPattern = /^(\d{4}-\d{2}-\d{2}T\S+?)(?: (any|consistent))?$/;

/** What the annotation says: a time, and behind it which moment. Undefined where it makes no sense. */
export const parseRollBack = (text: string): RollBackWish | undefined => {
  const [, time = '', which = 'checkpoint'] = orderPattern.exec(text) ?? [];
  const atMs = Date.parse(time);
  return Number.isNaN(atMs) ? undefined : { atMs, which: which as RollBackWish['which'] };
};

/** What was ordered; without an order what a receiver was cut off at. */
export const rollBackWish = ({ replica }: Observed, parts: readonly Part[]): RollBackWish | undefined => {
  const order = replica.metadata.annotations?.[annotations.rollBackTo];
  if (order !== undefined) return parseRollBack(order);
  const begun = parts.flatMap((part) => rolledBackOf(part) ?? []).find(({ changed }) => changed === null);
  return begun && { atMs: begun.wished, which: 'any' };
};

/** Why a target can't be rolled back, before anything is done. */
export const refuseRollBack = (order: string | undefined, target: ManagedTarget): ConditionVerdict | undefined => {
  if (order === undefined) return undefined;
  if (parseRollBack(order) === undefined)
    return {
      type: 'Promoted',
      status: 'False',
      reason: 'InvalidTime',
      message: `${annotations.rollBackTo}: ${order} is no time; write for example 2026-03-01T14:05:00Z`,
    };
  if (target.history !== undefined) return undefined;
  return {
    type: 'Promoted',
    status: 'False',
    reason: 'NoHistory',
    message: `target ${target.name} keeps no history that it could be rolled back to; write history: { keep: 24h } for the next time`,
  };
};

/** Whether a receiver has nothing to do for a wish any more. */
export const isRolledBack = (part: Part, wish: RollBackWish | undefined): boolean => {
  const done = rolledBackOf(part);
  return wish === undefined || (done !== undefined && done.changed !== null && done.wished === wish.atMs);
};

export const rolledBackOf = ({ receiver }: Part): RolledBackTo | undefined => receiver?.status.promoted?.rolledBack;

/** What is gone by it, in a sentence. */
export const sayRolledBack = (done: readonly RolledBackTo[]): string => {
  const [oldest] = [...done].sort((a, b) => a.moment - b.moment);
  const sum = (figure: (one: RolledBackTo) => number): number => done.reduce((all, one) => all + figure(one), 0);
  const failed = sum((one) => one.failed);
  const not = failed === 0 ? '' : `, and ${failed} are not as they were: the receiver's log names them`;
  const what = oldest?.isCheckpoint ? 'checkpoint' : 'moment';
  return `what came after the ${what} of ${iso(oldest?.moment ?? 0)}, to which it was rolled back: ${sum(({ changed }) => changed ?? 0)} entries were changed back${not}`;
};

const iso = (ms: number): string => new Date(ms).toISOString();
