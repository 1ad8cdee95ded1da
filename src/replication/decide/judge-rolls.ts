import { labels, receiverName } from '../../api/names.ts';
import type { StatefulSet } from '../../cluster/objects.ts';
import { statefulSets } from '../../cluster/resources.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import type { Now, Observed } from '../observed.ts';
import { findOwned } from '../owned.ts';
import { isRolling } from '../rolling.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';

export interface RollsQuestion {
  readonly observed: Observed;
  /** What differs from what is there. */
  readonly apply: readonly DesiredObject[];
  readonly rows: readonly ReplicaRow[];
  readonly now: Now;
}

export interface RollsVerdict {
  /** What is applied at once. */
  readonly apply: readonly DesiredObject[];
  /** The receivers that are replaced next, by those of another version, when the SyncReplica has its turn: of one target at most. */
  readonly rolls: readonly DesiredObject[];
  /** They wait for a target that is not in sync again yet. */
  readonly isHeld: boolean;
}

/** A receiver that was replaced is given so long until its replica is in sync again, ms; after it the cause is another. */
const returnMs = 10 * 60_000;

/**
 * An upgrade of the operator replaces receivers that are well: of one target only while no other is on its way back, so that a copy
 * stays in sync. What a person changes, and what may mend receivers that are not ready, waits for nothing. Pure.
 */
export const judgeRolls = (question: RollsQuestion): RollsVerdict => {
  const { observed, apply, rows } = question;
  const upgrades = apply.filter((one) => isUpgrade(observed, one));
  if (upgrades.length === 0) return { apply, rolls: [], isHeld: false };
  const isSettled = observed.settled && !observed.owned.statefulSets.some(isRolling);
  const isFree = ({ object }: DesiredObject): boolean =>
    !rows.some((row) => row.target !== object.metadata?.labels?.[labels.target] && isReturning(question, row));
  const rolls = isSettled ? upgrades.filter(isFree).slice(0, 1) : [];
  return { apply: apply.filter((one) => !upgrades.includes(one)), rolls, isHeld: rolls.length === 0 };
};

/** Nothing but the program's image would be another one, or what a version says besides; and it runs. */
const isUpgrade = (observed: Observed, { resource, object }: DesiredObject): boolean => {
  if (resource.plural !== statefulSets.plural) return false;
  const present = findOwned(observed, resource, object.metadata?.name) as StatefulSet | undefined;
  if (!present || observed.replica.metadata.generation !== observed.replica.status?.observedGeneration) return false;
  const imageOf = (set: StatefulSet) => set.spec?.template.spec?.containers[0]?.image;
  const count = present.spec?.replicas ?? 0;
  const isSameCount = count === (object as StatefulSet).spec?.replicas;
  const isReady = (present.status?.readyReplicas ?? 0) >= count;
  return isSameCount && isReady && imageOf(present) !== imageOf(object as StatefulSet);
};

/** Not in sync since its receiver was replaced, a short while ago. */
const isReturning = ({ observed, now }: RollsQuestion, { target, ordinal, state, inSync }: ReplicaRow): boolean => {
  if (inSync || !(state === 'New' || state === 'Online' || state === 'Offline')) return false;
  const name = `${receiverName(observed.replica.metadata.name, target)}-${ordinal}`;
  const receiver = observed.pods.find(({ metadata }) => metadata?.name === name);
  return now.wallMs - Date.parse(receiver?.metadata?.creationTimestamp ?? '') < returnMs;
};
