import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import type { Observed } from '../observed.ts';
import { isRolling } from '../rolling.ts';
import type { SourceVolume } from '../source-volumes.ts';

/** How far the spec has come to those who do what it says. */
export interface Serving {
  /** Pods whose agent runs older settings, or has not been heard of; StatefulSets whose receivers are being replaced. */
  readonly behind: readonly string[];
  /** How many run each version. */
  readonly agents: ReadonlyMap<string, number>;
  readonly receivers: ReadonlyMap<string, number>;
}

/** Of agents only those of the source's pods count. */
export const judgeServing = (
  observed: Observed,
  volumes: readonly SourceVolume[],
  settings: ReadonlyMap<string, ReplicationSettings>,
  hasAgent: (pod: string) => boolean,
): Serving => {
  const agents = new Map<string, number>();
  const receivers = new Map<string, number>();
  const behind: string[] = [];
  for (const { name, pods } of volumes) {
    for (const pod of pods.filter(hasAgent)) {
      const status = observed.agents.get(pod)?.status;
      const wanted = settings.get(name)?.generation ?? 0;
      if (status) count(agents, status.version);
      if (!status || status.generation < wanted) behind.push(pod);
    }
  }
  behind.push(...observed.owned.statefulSets.flatMap((set) => (isRolling(set) ? (set.metadata?.name ?? []) : [])));
  for (const { status } of observed.receivers.values()) count(receivers, status.version ?? 'unknown');
  return { behind, agents, receivers };
};

const count = (versions: Map<string, number>, version: string): void =>
  void versions.set(version, (versions.get(version) ?? 0) + 1);
