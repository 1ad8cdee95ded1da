import { labels } from '../../api/names.ts';
import type { StatefulSet } from '../../cluster/objects.ts';
import { statefulSets } from '../../cluster/resources.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import type { Now, Observed, ReplicaMemory } from '../observed.ts';
import { findOwned } from '../owned.ts';
import { isRolling } from '../rolling.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';

export interface RollsQuestion {
  readonly observed: Observed;
  /** What differs from what is there. */
  readonly apply: readonly DesiredObject[];
  readonly rows: readonly ReplicaRow[];
  /** Of the replicas as they are after this look. */
  readonly memory: ReadonlyMap<string, ReplicaMemory>;
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

/** Agents are back at a receiver that was replaced within seconds; one that is Offline for longer is so for another reason, ms. */
const returnMs = 60_000;

/**
 * An upgrade of the operator replaces receivers that are well: of one target only while no other is on its way back, so that a copy
 * stays in sync. What a person changes, and what may mend receivers that are not ready, waits for nothing. Pure.
 */
export const judgeRolls = (question: RollsQuestion): RollsVerdict => {
  const { observed, apply, rows } = question;
  const upgrades = apply.filter((one) => isUpgrade(observed, one));
  if (upgrades.length === 0) return { apply, rolls: [], isHeld: false };
  const isBusy =
    !observed.settled || observed.owned.statefulSets.some(isRolling) || rows.some((row) => isReturning(question, row));
  const rolls = isBusy ? [] : upgrades.slice(0, 1);
  return {
    apply: apply.filter((one) => !upgrades.includes(one)),
    rolls,
    isHeld: isBusy,
  };
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

/** Not in sync, and it soon may be. */
const isReturning = ({ observed, memory, now }: RollsQuestion, { key, target, state, inSync }: ReplicaRow): boolean => {
  const isOurs = observed.owned.statefulSets.some(({ metadata }) => metadata?.labels?.[labels.target] === target);
  if (!isOurs || inSync) return false;
  if (state === 'Offline') return now.monotonicMs - (memory.get(key)?.since ?? -Infinity) < returnMs;
  return state === 'New' || state === 'Online';
};
