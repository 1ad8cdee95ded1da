import { annotations } from '../../api/names.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import { isLive } from '../../pods/pod-state.ts';
import type { Observed } from '../observed.ts';
import { ownerOf } from '../status/told/restart-advice.ts';

export const restartedKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** A workload whose pods are to start again. The mark in its template is always the same: a second time changes nothing. */
export interface Restart {
  readonly kind: (typeof restartedKinds)[number];
  readonly name: string;
  /** An annotation of the pods. */
  readonly mark: string;
}

/** Workloads with a pod that came before its SyncReplica and may be restarted for it. One that was restarted is left alone. */
export const findRestarts = (
  { pods, missingSidecars, replica }: Pick<Observed, 'pods' | 'missingSidecars' | 'replica'>,
  { restart }: Pick<ResolvedSpec, 'restart'>,
): readonly Restart[] => {
  if (restart === 'Never') return [];
  const mark = annotations.restartedFor(replica.metadata.uid ?? '');
  const found = new Map<string, Restart>();
  for (const pod of pods) {
    const isMissed = missingSidecars.includes(pod.metadata?.name ?? '') && isLive(pod);
    if (!isMissed || pod.metadata?.annotations?.[mark] !== undefined) continue;
    const owner = ownerOf(pod);
    const kind = restartedKinds.find((one) => one === owner?.kind);
    if (owner && kind) found.set(`${kind}/${owner.name}`, { kind, name: owner.name, mark });
  }
  return [...found.values()];
};
