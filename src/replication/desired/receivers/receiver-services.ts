import { portNames, ports, receiverHeadlessName, receiverName } from '../../../api/names.ts';
import type { ResolvedManagedTarget } from '../../../api/resolved-spec.ts';
import type { Service } from '../../../cluster/objects.ts';
import { ownedMeta, type ReplicaIdentity, selectorLabels } from '../../identity.ts';

const receiverPort = {
  name: portNames.receiver,
  port: ports.receiver,
  targetPort: portNames.receiver,
  protocol: 'TCP',
};

/** Gives each receiver pod a DNS name. A pod that is not ready keeps it: readiness must not cut an agent off. */
export const receiverHeadlessService = (replica: ReplicaIdentity, target: string): Service => ({
  metadata: ownedMeta(replica, receiverHeadlessName(replica.name, target), 'receiver', target) as never,
  spec: {
    clusterIP: 'None',
    type: 'ClusterIP',
    publishNotReadyAddresses: true,
    selector: selectorLabels(replica, target),
    ports: [
      receiverPort,
      { name: portNames.metrics, port: ports.receiverMetrics, targetPort: portNames.metrics, protocol: 'TCP' },
    ],
  },
});

/** Is a target offered to agents of other clusters? */
export const isPublic = ({ type = 'ClusterIP' }: ResolvedManagedTarget['service']): boolean => type !== 'ClusterIP';

/** The Service that was asked for: agents of other clusters come through it. */
export const receiverService = (replica: ReplicaIdentity, target: string, managed: ResolvedManagedTarget): Service => {
  const meta = ownedMeta(replica, receiverName(replica.name, target), 'receiver', target);
  const annotations = managed.service.annotations ?? {};
  return {
    metadata: { ...meta, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) } as never,
    spec: {
      type: managed.service.type ?? 'ClusterIP',
      selector: selectorLabels(replica, target),
      ports: [receiverPort],
    },
  };
};
