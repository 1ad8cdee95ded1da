import type { ReplicationSettings, TargetSettings } from '../../../src/api/replication-settings.ts';
import { differs } from '../settings-difference.ts';
import { settingsForTarget } from './settings-for-target.ts';

/** What a replicator is made with; everything else it takes while it runs. */
const madeWith = ['filter', 'sync', 'retry', 'maxLagMs'] as const;

export interface Division<T> {
  /** Those that go on, each with its target as it is said now. */
  readonly kept: readonly T[];
  readonly ended: readonly T[];
  /** Targets that need a new one. */
  readonly added: readonly TargetSettings[];
}

/** Which replicas go on under newer settings. Without `before` none can. */
export const divideReplicas = <T extends { readonly target: TargetSettings }>(
  running: readonly T[],
  before: ReplicationSettings | undefined,
  now: ReplicationSettings,
): Division<T> => {
  const kept: T[] = [];
  const ended: T[] = [];
  for (const one of running) {
    const target = before && findSameReplica(one.target, before, now);
    if (target === undefined) ended.push(one);
    else kept.push({ ...one, target });
  }
  const names = new Set(kept.map(({ target }) => target.name));
  return { kept, ended, added: now.targets.filter(({ name }) => !names.has(name)) };
};

const findSameReplica = (
  target: TargetSettings,
  before: ReplicationSettings,
  now: ReplicationSettings,
): TargetSettings | undefined => {
  const next = now.targets.find(({ name }) => name === target.name);
  if (next === undefined || wayOf(next) !== wayOf(target)) return undefined;
  const changed = differs(settingsForTarget(before, target), settingsForTarget(now, next), madeWith);
  return changed ? undefined : next;
};

/** How a target is reached, without what is to be done there. */
const wayOf = ({ paused, filter, maxLagMs, sync, ...way }: TargetSettings): string => JSON.stringify(way);
