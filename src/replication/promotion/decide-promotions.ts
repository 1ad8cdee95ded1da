import { type ConditionVerdict, cutMessage } from '../../api/conditions.ts';
import { annotations, labels } from '../../api/names.ts';
import type { ManagedTarget, ResolvedSpec } from '../../api/resolved-spec.ts';
import { isReader, isReceiver } from '../../pods/pod-state.ts';
import type { Now, Observed } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';
import { judgeLoss, sumLosses } from './judge-loss.ts';
import { coveredAtOf, lastWordOf } from './last-word.ts';
import { lineageOfClaim, lineageOfSource, manifestOf, type Part, partsOf } from './parts.ts';
import {
  isRolledBack,
  type RollBackWish,
  refuseRollBack,
  rollBackWish,
  rolledBackOf,
  sayRolledBack,
} from './roll-back.ts';
import { type PromotionStatus, promotedCondition, type Step, stepConditions } from './steps.ts';

/** What a receiver is asked for. `look` is for its status, to the second. */
export interface ReceiverOrder {
  readonly kind: 'look' | 'promote' | 'rollBack' | 'demote';
  readonly pod: string;
  readonly target: string;
  readonly ordinal: number;
  /** Whose data its volume holds after it; absent: whose it was. */
  readonly lineage: string | undefined;
  readonly by: string;
  /** Of a roll-back. */
  readonly to?: RollBackWish;
}

export interface PromotionPlan {
  /** Targets that are in use, or on the way there or back. */
  readonly promotions: readonly PromotionStatus[];
  readonly orders: readonly ReceiverOrder[];
  /** Agents are told nothing of these targets any more. */
  readonly promoted: ReadonlySet<string>;
  /** Of these no receiver is to run. */
  readonly released: ReadonlySet<string>;
  /** Absent where nothing was promoted and nobody asked. */
  readonly condition: ConditionVerdict | undefined;
  /** When to look again, ms. */
  readonly lookAgainMs: number | undefined;
}

export interface PromotionQuestion {
  readonly observed: Observed;
  readonly spec: ResolvedSpec;
  readonly volumes: readonly SourceVolume[];
  readonly now: Now;
}

/** A source that goes on writing is not waited for any longer, ms. */
const drainLimitMs = 10_000;
/** What a receiver said before is no ground to promote on, ms. */
const freshMs = 1_500;

/**
 * What is to be done about targets that are to be taken into use, step by step: wait for what is pending, fence, say what is
 * lost, stop the receivers. Each look finds out anew how far it is, by what the receivers say and what was written into the
 * status: it can be cut off anywhere. Pure.
 */
export const decidePromotions = (question: PromotionQuestion): PromotionPlan => {
  const { observed, spec } = question;
  const asked = observed.replica.metadata.annotations?.[annotations.promote];
  const refusal = asked === undefined ? undefined : refuse(observed, spec, asked);
  const verdicts = spec.targets.flatMap((target) => {
    const isAsked = target.name === asked && refusal === undefined;
    const verdict = target.kind === 'managed' ? decideOne(question, target, isAsked) : undefined;
    return verdict ? [verdict] : [];
  });
  const open = verdicts.find(({ step }) => step.reason !== 'Promoted') ?? verdicts[0];
  const looks = verdicts.flatMap(({ lookAgainMs }) => lookAgainMs ?? []);
  return {
    promotions: [...verdicts.flatMap(({ status }) => status ?? []), ...leftInUse(observed, spec)],
    orders: verdicts.flatMap(({ orders }) => orders),
    promoted: new Set(verdicts.flatMap(({ target, isFenced }) => (isFenced ? target : []))),
    released: new Set(verdicts.flatMap(({ target, isReleased }) => (isReleased ? target : []))),
    condition: refusal ?? (open && promotedCondition(open.target, open.step, open.status)),
    lookAgainMs: looks.length > 0 ? Math.min(...looks) : undefined,
  };
};

/** Taken out of the spec while they are in use: for as long as its claims are there it is known that they are no copies to be deleted. */
const leftInUse = ({ replica, claims }: Observed, { targets }: ResolvedSpec): PromotionStatus[] =>
  (replica.status?.promotions ?? []).filter(
    (one) =>
      one.fencedAt !== undefined &&
      !targets.some(({ name, kind }) => name === one.target && kind === 'managed') &&
      one.claims?.some(({ claim }) => claims.some(({ metadata }) => metadata?.name === claim)) !== false,
  );

const refuse = ({ replica }: Observed, { targets }: ResolvedSpec, asked: string): ConditionVerdict | undefined => {
  const target = targets.find(({ name }) => name === asked);
  if (target?.kind === 'managed') {
    const isDone = replica.status?.promotions?.some((one) => one.target === asked && one.fencedAt !== undefined);
    return isDone ? undefined : refuseRollBack(replica.metadata.annotations?.[annotations.rollBackTo], target);
  }
  const message = target
    ? `target ${asked} is external: promote it where its receiver is`
    : `there is no target ${asked}; write one of ${targets.map(({ name }) => name).join(', ')}`;
  return { type: 'Promoted', status: 'False', reason: 'NotManaged', message };
};

interface Verdict {
  readonly target: string;
  /** Undefined where it is a target again. */
  readonly status: PromotionStatus | undefined;
  readonly step: Step;
  readonly orders: readonly ReceiverOrder[];
  readonly isFenced: boolean;
  readonly isReleased: boolean;
  readonly lookAgainMs: number | undefined;
}

const decideOne = (question: PromotionQuestion, target: ManagedTarget, isAsked: boolean): Verdict | undefined => {
  const { observed, now } = question;
  const { name } = target;
  const before = observed.replica.status?.promotions?.find((one) => one.target === name);
  const parts = partsOf(observed, question.volumes, target);
  const isAnyFenced = parts.some(({ receiver }) => receiver?.status.promoted != null);
  if (!isAsked && before?.fencedAt === undefined && !isAnyFenced) return undefined;
  const { by, atMs } = observed.promotionAsked ?? { by: undefined, atMs: now.wallMs };
  const status: PromotionStatus = before ?? {
    target: name,
    requestedAt: iso(atMs),
    ...(by === undefined ? {} : { requestedBy: by }),
  };
  const wantsBack =
    status.fencedAt !== undefined && observed.replica.metadata.annotations?.[annotations.demote] === status.fencedAt;
  if (wantsBack && !isAsked) return goBack(question, status, parts);
  const isServing = target.managed.afterPromotion === 'Serve';
  if (status.fencedAt !== undefined) return release(question, status, before, { wantsBack, isServing });
  const wish = rollBackWish(observed, parts);
  if (parts.every((part) => part.receiver?.status.promoted != null && isRolledBack(part, wish)))
    return fenced(question, status, before, { parts, isServing });
  return fence(question, status, before, parts, wish);
};

/** Waits for what is on its way, then fences; what is to be rolled back waits for nothing. */
const fence = (
  { observed, now }: PromotionQuestion,
  status: PromotionStatus,
  before: PromotionStatus | undefined,
  parts: readonly Part[],
  wish: RollBackWish | undefined,
): Verdict => {
  // What is to be rolled back depends on nothing that its source said last.
  const stale = parts.filter(({ receiver }) => !receiver || (!wish && now.monotonicMs - receiver.at > freshMs));
  const isPatient = now.wallMs - Date.parse(status.requestedAt) < drainLimitMs;
  const pending = parts.reduce((sum, { receiver }) => {
    const word = receiver && lastWordOf(receiver, status.target, now);
    return sum + (word?.isAlive ? word.pending : 0);
  }, 0);
  const isDraining = wish === undefined && stale.length === 0 && pending > 0 && isPatient;
  const isAsking = stale.length > 0;
  const trouble = parts.find((part) => part.trouble !== undefined);
  const step: Step = isDraining
    ? { reason: 'Draining', message: `${pending} changes of the source are waited for` }
    : {
        reason: wish && parts.some(({ receiver }) => receiver?.status.promoted != null) ? 'RollingBack' : 'Fencing',
        message: trouble
          ? `receiver ${trouble.pod} can't be asked: ${trouble.trouble}`
          : `receivers are asked to refuse every writer${wish ? `, and to go back to ${iso(wish.atMs)}` : ''}`,
      };
  const kind = isAsking || isDraining ? 'look' : wish ? 'rollBack' : 'promote';
  const asked = isAsking
    ? stale
    : parts.filter((part) => part.receiver?.status.promoted == null || !isRolledBack(part, wish));
  return {
    target: status.target,
    status: { ...status, conditions: stepConditions(before, step, now.wallMs) },
    step,
    orders: asked.map((part) => ({
      kind,
      pod: part.pod,
      target: status.target,
      ordinal: part.ordinal,
      lineage: lineageOfClaim(observed, status.target, part),
      by: status.requestedBy ?? annotations.promote,
      ...(kind === 'rollBack' && wish ? { to: wish } : {}),
    })),
    isFenced: false,
    isReleased: false,
    lookAgainMs: trouble ? 1_000 : isDraining ? 500 : 50,
  };
};

/** Every receiver refuses every writer: what is lost is known now. */
const fenced = (
  question: PromotionQuestion,
  { conditions: _, ...status }: PromotionStatus,
  before: PromotionStatus | undefined,
  { parts, isServing }: { readonly parts: readonly Part[]; readonly isServing: boolean },
): Verdict => {
  const { now } = question;
  const at = (part: Part): number => part.receiver?.status.promoted?.at ?? 0;
  const loss = sumLosses(
    parts.map((part) => {
      const { receiver, volume } = part;
      const said = receiver && lastWordOf(receiver, status.target, now);
      return { volume, ...judgeLoss({ fencedAt: at(part), said, coveredAt: coveredAtOf(receiver?.status) }) };
    }),
  );
  const rolledBack = parts.flatMap((part) => rolledBackOf(part) ?? []);
  const next: PromotionStatus = {
    ...status,
    fencedAt: iso(Math.max(...parts.map(at))),
    ...(rolledBack.length > 0
      ? { rolledBackTo: iso(Math.min(...rolledBack.map(({ moment }) => moment))), loss: sayRolledBack(rolledBack) }
      : {
          loss: cutMessage(loss.sentence),
          ...(loss.changes === undefined ? {} : { lostChanges: loss.changes }),
          ...(loss.seconds === undefined ? {} : { lostSeconds: loss.seconds }),
        }),
    claims: parts.map(({ volume, claim }) => ({ volume, claim, path: 'data' })),
    manifest: manifestOf(parts),
  };
  const verdict = release(question, next, before, { wantsBack: false, isServing });
  return { ...verdict, isReleased: false, lookAgainMs: 50 };
};

/** The receivers go and the claims are free, or they stay and are read only. Only once the status says that they are fenced. */
const release = (
  { observed, now }: PromotionQuestion,
  status: PromotionStatus,
  before: PromotionStatus | undefined,
  { wantsBack, isServing }: { readonly wantsBack: boolean; readonly isServing: boolean },
): Verdict => {
  const running = observed.pods.filter(
    (pod) => isReceiver(pod) && !isReader(pod) && pod.metadata?.labels?.[labels.target] === status.target,
  );
  const claims = (status.claims ?? []).map(({ claim }) => claim).join(', ');
  const beside = isServing ? `, on the node of its receiver, which serves it read-only` : '';
  const step: Step =
    running.length > 0 && !isServing
      ? { reason: 'Releasing', message: `${running.map(({ metadata }) => metadata?.name).join(', ')} is stopping` }
      : {
          reason: 'Promoted',
          message: wantsBack
            ? `it is demoted once the annotation ${annotations.promote} names it no more`
            : `mount ${claims} with the subPath data${beside}; see status.promotions`,
        };
  return {
    target: status.target,
    status: { ...status, conditions: stepConditions(before, step, now.wallMs, status) },
    step,
    orders: [],
    isFenced: true,
    isReleased: !isServing,
    lookAgainMs: running.length > 0 && !isServing ? 2_000 : undefined,
  };
};

/** The receivers run again and take what the source has. */
const goBack = (
  { observed, now, volumes }: PromotionQuestion,
  status: PromotionStatus,
  parts: readonly Part[],
): Verdict => {
  const { target } = status;
  const isFresh = ({ receiver }: Part): boolean => receiver !== undefined && now.monotonicMs - receiver.at <= freshMs;
  const waiting = parts.filter((part) => !isFresh(part) || part.receiver?.status.promoted != null);
  const trouble = waiting.find((part) => part.trouble !== undefined);
  const step: Step = {
    reason: 'Demoting',
    message: trouble ? `receiver ${trouble.pod} is not there yet: ${trouble.trouble}` : 'receivers are started again',
  };
  const isDone = waiting.length === 0;
  return {
    target,
    status: isDone ? undefined : { ...status, conditions: stepConditions(status, step, now.wallMs, status) },
    step,
    orders: waiting.map(({ pod, ordinal }) => ({
      kind: 'demote',
      pod,
      target,
      ordinal,
      lineage: lineageOfSource(observed, volumes, ordinal),
      by: annotations.demote,
    })),
    isFenced: !isDone,
    isReleased: false,
    lookAgainMs: 1_000,
  };
};

const iso = (ms: number): string => new Date(ms).toISOString();
