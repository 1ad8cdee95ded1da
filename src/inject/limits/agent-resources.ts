import { parseQuantity } from '../../api/units/quantity.ts';
import type { Container, Pod, Resources } from '../../pods/pod.ts';

/** Kubernetes quantities for one agent. */
export interface ResourceSettings {
  readonly requests: ResourcePair;
  /** Used where the application is limited too. */
  readonly limits: Partial<ResourcePair>;
  /** Requests and limits in a pod of class Guaranteed. */
  readonly guaranteed: ResourcePair;
}

/** What a SyncReplica says for its agents. */
export interface OwnResources {
  readonly requests?: Partial<ResourcePair> | undefined;
  readonly limits?: Partial<ResourcePair> | undefined;
}

export interface ResourcePair {
  readonly cpu: string;
  readonly memory: string;
}

/**
 * The agent's resources: a Guaranteed pod stays Guaranteed, and a resource that every container of the application
 * limits is limited for the agent too, since a quota of the namespace may ask for it.
 * What the SyncReplica says comes first. A pod that has resources of its own as a whole shares them with the agent.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export const agentResources = (
  pod: Pod,
  containers: readonly Container[],
  settings: ResourceSettings,
  own: OwnResources = {},
): Resources => {
  if (pod.spec.resources?.limits || pod.spec.resources?.requests) return {};
  if (containers.every(isGuaranteed)) {
    const pair = { ...proportionate(containers, settings), ...own.requests, ...own.limits };
    return { requests: { ...pair }, limits: { ...pair } };
  }
  const common = Object.fromEntries(
    Object.entries(settings.limits).filter(([resource]) =>
      containers.every((container) => container.resources?.limits?.[resource] !== undefined),
    ),
  );
  const limits: Record<string, string> = { ...common, ...own.limits };
  const requests: Record<string, string> = { ...settings.requests, ...own.requests };
  for (const [resource, limit] of Object.entries(limits)) {
    const request = requests[resource] ?? limit;
    if ((parseQuantity(request) ?? 0) <= (parseQuantity(limit) ?? 0)) continue;
    // What is written counts, and the other half follows it.
    if (own.limits?.[resource as keyof ResourcePair] === undefined) limits[resource] = request;
    else requests[resource] = limit;
  }
  return Object.keys(limits).length > 0 ? { requests, limits } : { requests };
};

/** In a small pod no more than all of its own: an agent is not to be the larger part. */
const proportionate = (containers: readonly Container[], { guaranteed, requests }: ResourceSettings): ResourcePair => {
  const fit = (resource: 'cpu' | 'memory'): string => {
    const own = containers.reduce((sum, one) => sum + (parseQuantity(one.resources?.limits?.[resource] ?? '') ?? 0), 0);
    const [most, least] = [parseQuantity(guaranteed[resource]) ?? 0, parseQuantity(requests[resource]) ?? 0];
    if (own >= most) return guaranteed[resource];
    if (own <= least) return requests[resource];
    return resource === 'cpu' ? `${Math.ceil(own * 1_000)}m` : `${Math.ceil(own / 2 ** 20)}Mi`;
  };
  return { cpu: fit('cpu'), memory: fit('memory') };
};

/** Quantities come from an apiserver in canonical form, so that equal ones are equal texts. */
const isGuaranteed = ({ resources }: Container): boolean =>
  (['cpu', 'memory'] as const).every((resource) => {
    const limit = resources?.limits?.[resource];
    return limit !== undefined && limit !== '0' && (resources?.requests?.[resource] ?? limit) === limit;
  });
