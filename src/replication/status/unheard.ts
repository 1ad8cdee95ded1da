import { containers, isAgentContainer } from '../../api/names.ts';
import { isDeaf, judgeHearing } from '../hearing.ts';
import type { Now, Observed } from '../observed.ts';
import { heartbeatLimitMs } from '../replica-state.ts';
import type { SourceVolume } from '../source-volumes.ts';

/** An agent that has just started is given so long to be heard of, ms. */
const startLimitMs = 2 * heartbeatLimitMs;

/** Pods whose agent runs, and of which neither a receiver nor the agent itself tells anything. */
export const findUnheard = (observed: Observed, volumes: readonly SourceVolume[], now: Now): string[] => {
  if (isDeaf(observed, now)) return [];
  const names = new Set(volumes.flatMap(({ pods }) => pods));
  return observed.pods.flatMap(({ metadata, status }): string[] => {
    const name = metadata?.name ?? '';
    const agent = status?.initContainerStatuses?.find((one) => isAgentContainer(one.name));
    const startedAt = Date.parse(agent?.state?.running?.startedAt ?? '');
    const isYoung = !(now.wallMs - startedAt > startLimitMs);
    const report = observed.agents.get(name);
    const isSilent = report === undefined || judgeHearing(observed, report, now) === 'Silent';
    return names.has(name) && !isYoung && isSilent && observed.settled ? [name] : [];
  });
};

/** What to write so that it is heard of. */
export const adviseUnheard = (pods: readonly string[], namespace: string, operatorNamespace: string): string =>
  `nothing is heard of the ${containers.agent} of ${pods.join(', ')}: it reaches no receiver, and the operator doesn't reach its port srep-api; let the pods of ${namespace} send to port 8730 of their receivers, or let the namespace ${operatorNamespace} in by a NetworkPolicy`;
