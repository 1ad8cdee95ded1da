import { portNames, ports, readersHeadlessName, readersName } from '../../../api/names.ts';
import type { NetworkPolicy, Service } from '../../../cluster/objects.ts';
import { ownedMeta, type ReplicaIdentity, readerLabels, selectorLabels } from '../../identity.ts';
import type { ReplicationConfig } from '../../observed.ts';

const port = { port: ports.receiver, protocol: 'TCP' };

/**
 * What a receiver that feeds readers may reach: them, and whoever knows the names of their pods. A policy sees the port of the
 * pod that answers: 53 where a node's own resolver does, 5353 on OpenShift, any of the pods that clusters call kube-dns.
 */
export const relayEgress = (replica: ReplicaIdentity, target: string): EgressRule[] => [
  { ports: [port], to: [{ podSelector: { matchLabels: readerLabels(replica, target) } }] },
  { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }] },
  { ports: [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol }))) },
];

type EgressRule = NonNullable<NonNullable<NetworkPolicy['spec']>['egress']>[number];

/** Who may speak to a reader: the target's receivers, other readers and the operator. Metrics are open, as receivers' are. */
export const readersNetworkPolicy = (
  replica: ReplicaIdentity,
  target: string,
  { operatorNamespace, operatorOnNodes }: Pick<ReplicationConfig, 'operatorNamespace' | 'operatorOnNodes'>,
): NetworkPolicy => ({
  metadata: ownedMeta(replica, readersName(replica.name, target), 'reader', target) as never,
  spec: {
    podSelector: { matchLabels: readerLabels(replica, target) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        ports: [port],
        ...(operatorOnNodes
          ? {}
          : {
              from: [
                { podSelector: { matchLabels: selectorLabels(replica, target) } },
                { podSelector: { matchLabels: readerLabels(replica, target) } },
                { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } } },
              ],
            }),
      },
      { ports: [{ port: portNames.metrics, protocol: 'TCP' }] },
    ],
    egress: relayEgress(replica, target),
  },
});

/** Gives each reader's pod a name; as with receivers, also before it is ready. */
export const readersHeadlessService = (replica: ReplicaIdentity, target: string): Service => ({
  metadata: ownedMeta(replica, readersHeadlessName(replica.name, target), 'reader', target) as never,
  spec: {
    clusterIP: 'None',
    type: 'ClusterIP',
    publishNotReadyAddresses: true,
    selector: readerLabels(replica, target),
    ports: [
      { name: portNames.receiver, port: ports.receiver, targetPort: portNames.receiver, protocol: 'TCP' },
      { name: portNames.metrics, port: ports.receiverMetrics, targetPort: portNames.metrics, protocol: 'TCP' },
    ],
  },
});
