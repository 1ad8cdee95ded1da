import { isIPv6 } from 'node:net';
import { labels, portNames, receiverName } from '../../../api/names.ts';
import type { ResolvedManagedTarget, ResolvedReaders } from '../../../api/resolved-spec.ts';
import type { NetworkPolicy, Pod, PodDisruptionBudget, ServiceAccount } from '../../../cluster/objects.ts';
import { ownedMeta, type ReplicaIdentity, selectorLabels } from '../../identity.ts';
import type { ReplicationConfig } from '../../observed.ts';
import { relayEgress } from '../readers/readers-guards.ts';
import { isPublic } from './receiver-services.ts';

/** Pods in their node's network come from its address, which no selector of pods means. */
export const nodeAddresses = (pods: readonly Pod[]): string[] => {
  const sources = pods.filter(({ metadata, spec }) => spec?.hostNetwork && metadata?.labels?.[labels.injected]);
  return [...new Set(sources.flatMap(({ status }) => status?.podIP ?? []))].sort();
};

/**
 * Who may speak to a receiver: injected pods of its namespace, also from these nodes, and the operator; anybody where the Service is offered to
 * the outside, or where the operator itself comes from any node (every connection shows a certificate all the same). Metrics are open, as Prometheus may be anywhere.
 * A receiver itself speaks to nobody, but to readers where it has some: no egress is allowed by naming none.
 */
export const receiverNetworkPolicy = (
  replica: ReplicaIdentity,
  target: string,
  managed: Pick<ResolvedManagedTarget, 'service'> & { readonly readers?: ResolvedReaders | undefined },
  { operatorNamespace, operatorOnNodes }: Pick<ReplicationConfig, 'operatorNamespace' | 'operatorOnNodes'>,
  nodes: readonly string[],
): NetworkPolicy => {
  const agents = { podSelector: { matchLabels: { [labels.injected]: 'true' } } };
  const operator = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } } };
  const blocks = nodes.map((address) => ({ ipBlock: { cidr: `${address}/${isIPv6(address) ? 128 : 32}` } }));
  return {
    metadata: ownedMeta(replica, receiverName(replica.name, target), 'receiver', target) as never,
    spec: {
      podSelector: { matchLabels: selectorLabels(replica, target) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          ports: [{ port: portNames.receiver, protocol: 'TCP' }],
          ...(isPublic(managed.service) || operatorOnNodes ? {} : { from: [agents, operator, ...blocks] }),
        },
        { ports: [{ port: portNames.metrics, protocol: 'TCP' }] },
      ],
      ...(managed.readers ? { egress: relayEgress(replica, target) } : {}),
    },
  };
};

/** A drain takes one receiver at a time, and never waits for ever for the only one. */
export const receiverDisruptionBudget = (replica: ReplicaIdentity, target: string): PodDisruptionBudget => ({
  metadata: ownedMeta(replica, receiverName(replica.name, target), 'receiver', target) as never,
  // One that is not ready protects nothing by staying: it may go in any case.
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: selectorLabels(replica, target) },
  },
});

/** A receiver needs nothing of the API. */
export const receiverServiceAccount = (replica: ReplicaIdentity, target: string): ServiceAccount => ({
  metadata: ownedMeta(replica, receiverName(replica.name, target), 'receiver', target) as never,
  automountServiceAccountToken: false,
});
