import type { ConditionReason, ConditionVerdict } from '../../api/conditions.ts';
import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';

export type PromotionStatus = NonNullable<SyncReplicaStatus['promotions']>[number];

/** The step that a promotion is at. */
export interface Step {
  readonly reason: Extract<
    ConditionReason,
    'Draining' | 'Fencing' | 'RollingBack' | 'Releasing' | 'Promoted' | 'Demoting'
  >;
  readonly message: string;
}

type StepCondition = NonNullable<PromotionStatus['conditions']>[number];

const steps = [
  { type: 'Drained', until: 'Draining', done: () => 'nothing more is waited for' },
  {
    type: 'Fenced',
    until: 'Fencing',
    done: (status: PromotionStatus | undefined) =>
      status?.fencedAt && `every writer is refused since ${status.fencedAt}; lost: ${status.loss ?? 'not known'}`,
  },
  { type: 'Released', until: 'Releasing', done: () => '' },
] as const;

const order: readonly Step['reason'][] = ['Draining', 'Fencing', 'RollingBack', 'Releasing', 'Demoting', 'Promoted'];

/** One condition for each step, done or not; their times move only when their status does. */
export const stepConditions = (
  before: PromotionStatus | undefined,
  step: Step,
  nowMs: number,
  status?: PromotionStatus,
): StepCondition[] =>
  steps.map(({ type, until, done }) => {
    const isDone =
      order.indexOf(step.reason) > order.indexOf(until) && !(step.reason === 'Demoting' && type === 'Released');
    const known = before?.conditions?.find((one) => one.type === type);
    const now = isDone ? 'True' : 'False';
    return {
      type,
      status: now,
      reason: isDone ? type : order.indexOf(step.reason) >= order.indexOf(until) ? step.reason : 'Waiting',
      message: (isDone && done(status)) || step.message,
      lastTransitionTime: known?.status === now ? known.lastTransitionTime : new Date(nowMs).toISOString(),
    };
  });

/** The condition Promoted of the whole: how far it is, and what is to be done. */
export const promotedCondition = (
  target: string,
  step: Step,
  status: PromotionStatus | undefined,
): ConditionVerdict => {
  if (step.reason !== 'Promoted')
    return { type: 'Promoted', status: 'False', reason: step.reason, message: `target ${target}: ${step.message}` };
  const by = status?.requestedBy === undefined ? '' : ` (asked for by ${status.requestedBy})`;
  return {
    type: 'Promoted',
    status: 'True',
    reason: 'Promoted',
    message: `target ${target} is in use in place of its source since ${status?.fencedAt}${by}; lost: ${status?.loss}; ${step.message}`,
  };
};
