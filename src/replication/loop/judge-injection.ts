import { agentContainerName } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { Pod } from '../../cluster/objects.ts';
import { decideInjection, type PodSurroundings, type RefusalReason } from '../../inject/policy.ts';
import { toldRefusal } from '../../inject/told-refusals.ts';
import type { Pod as InjectedPod } from '../../pods/pod.ts';
import type { Observed } from '../observed.ts';

/** Missed is a pod that runs without the agent that it would be given if it came now, but for one that was told why it has none. Pure. */
export const judgeInjection = (
  replica: SyncReplica,
  pods: readonly Pod[],
  labelsOfNamespace: PodSurroundings['namespaceLabels'],
): Pick<Observed, 'missingSidecars' | 'optedOut' | 'refusals'> => {
  const missingSidecars: string[] = [];
  const optedOut: string[] = [];
  const refusals: { pod: string; reason: RefusalReason }[] = [];
  for (const pod of pods) {
    const name = pod.metadata?.name ?? '';
    if (pod.metadata?.deletionTimestamp || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed')
      continue;
    const has = pod.spec?.initContainers?.some((one) => one.name === agentContainerName(replica.metadata.name));
    const told = toldRefusal(pod as never, replica.metadata.name);
    if (!has && told) {
      refusals.push({ pod: name, reason: told });
      continue;
    }
    const bare = withoutAgent(pod, replica.metadata.name);
    const surroundings = { namespaceLabels: labelsOfNamespace, podName: name };
    const decision = decideInjection(bare, surroundings, [replica as never]);
    for (const { reason } of decision.refusals) refusals.push({ pod: name, reason });
    if (has) continue;
    if (decision.agents.length > 0) missingSidecars.push(name);
    if (decision.skipped === 'PodOptedOut' || decision.skipped === 'NamespaceOptedOut') optedOut.push(name);
  }
  return { missingSidecars, optedOut, refusals };
};

const withoutAgent = (pod: Pod, replica: string): InjectedPod =>
  ({
    ...pod,
    spec: {
      ...pod.spec,
      initContainers: pod.spec?.initContainers?.filter(({ name }) => name !== agentContainerName(replica)),
    },
  }) as never;
