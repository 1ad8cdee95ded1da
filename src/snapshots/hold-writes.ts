import { createHoldClient, type HoldClient } from '../../sidecar/protocol/hold.ts';
import { receiverSecretName } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { type Caches, indexes } from '../caches/caches.ts';
import type { Pod } from '../cluster/objects.ts';
import { presentTexts, rememberedVolumes } from '../replication/desired/agent-secrets.ts';
import { materialKeys } from '../replication/desired/material.ts';
import { receiverEndpoint } from '../replication/reports/endpoints.ts';
import { decodeSecret } from '../replication/secret-data.ts';

/** A receiver that can be asked to hold writes; undefined where it does not run, or nothing is known to ask it with. */
export const openHold = (
  caches: Caches,
  replica: SyncReplica,
  target: string,
  ordinal: number,
  pod: Pod | undefined,
): HoldClient | undefined => {
  const { namespace, name } = replica.metadata;
  const endpoint = pod && receiverEndpoint(pod, name);
  const owned = { secrets: caches.secrets.byIndex(indexes.owner, `${namespace}/${name}`) } as never;
  const volume = rememberedVolumes({ owned }).find((one) => one.ordinal === ordinal);
  const texts = volume && presentTexts({ owned, replica }, volume.name);
  const receiver = decodeSecret(caches.secrets.get(`${namespace}/${receiverSecretName(name, target)}`));
  const cert = texts?.[materialKeys.clientCert];
  const key = texts?.[materialKeys.clientKey];
  const ca = texts?.['ca.crt'];
  const { username, password } = receiver;
  if (endpoint?.kind !== 'receiver' || !ca || !cert || !key || !username || !password) return undefined;
  return createHoldClient({ ...endpoint, tls: { ca, cert, key }, user: { username, password }, timeoutMs: 5_000 });
};
