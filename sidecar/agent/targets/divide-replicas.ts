import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
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

/** With what one proves itself: where it is another, the next connection is made with it. */
const credentials: ReadonlySet<string> = new Set(['username', 'password', 'tls']);

/** How a target is reached, without what is to be done there, and with what one proves itself. */
const wayOf = ({ paused, filter, maxLagMs, sync, ...way }: TargetSettings): string =>
  JSON.stringify(way, (key, value) => (credentials.has(key) ? undefined : value));

/** Whether a connection that is there ends under newer settings. */
export const endsConnection = (before: ReplicationSettings, now: ReplicationSettings, name: string): boolean => {
  const shownBy = ({ targets }: ReplicationSettings): string =>
    JSON.stringify(
      Object.entries(targets.find((one) => one.name === name) ?? {}).filter(([key]) => credentials.has(key)),
    );
  return before.paused !== now.paused || shownBy(before) !== shownBy(now);
};
