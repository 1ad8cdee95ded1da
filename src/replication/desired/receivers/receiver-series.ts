import { receiverVolume } from '../../../api/names.ts';
import type { ReplicaIdentity } from '../../identity.ts';
import type { RememberedVolume } from '../../source-volumes.ts';

/** Text of the file by which a target's receivers know the labels of their series: nobody else can tell them of which volume each is. */
export const receiverSeries = (
  { namespace, name }: ReplicaIdentity,
  target: string,
  volumes: readonly RememberedVolume[],
): string =>
  JSON.stringify({
    labels: { replica_namespace: namespace, replica: name, target },
    volumes: Object.fromEntries(
      volumes.map((volume) => [receiverVolume(namespace, name, target, volume.ordinal), volume.name]),
    ),
  });
