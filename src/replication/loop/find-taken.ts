import { labels } from '../../api/names.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { ClusterError } from '../../cluster/cluster-error.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import { isControlledBy } from '../identity.ts';
import { appliedKey, type Observed, type TakenName } from '../observed.ts';
import { findOwned } from '../owned.ts';

/**
 * The names among those to be applied that somebody else's objects have: whatever is made for the first time is read before.
 * @throws ClusterError `conflict` where one of ours is there that the cache has not seen
 */
export const findTaken = async (
  client: Pick<ClusterClient, 'get'>,
  observed: Observed,
  wanted: readonly DesiredObject[],
  alreadyRead: Set<string>,
): Promise<TakenName[]> => {
  const taken: TakenName[] = [];
  for (const { resource, object } of wanted) {
    const name = object.metadata?.name ?? '';
    const key = appliedKey(resource.plural, name);
    if (alreadyRead.has(key) || findOwned(observed, resource, name)) continue;
    alreadyRead.add(key);
    const target = object.metadata?.labels?.[labels.target];
    const is = await isTaken(client, observed, { resource, name, target });
    if (is) taken.push({ resource, name, target });
  }
  return taken;
};

/** Those of the names that are still somebody else's. */
export const keepTaken = async (
  client: Pick<ClusterClient, 'get'>,
  observed: Observed,
  known: readonly TakenName[],
): Promise<TakenName[]> => {
  const kept: TakenName[] = [];
  for (const one of known) if (await isTaken(client, observed, one)) kept.push(one);
  return kept;
};

const isTaken = async (
  client: Pick<ClusterClient, 'get'>,
  { replica }: Observed,
  { resource, name }: TakenName,
): Promise<boolean> => {
  const present = await client.get(resource, { namespace: replica.metadata.namespace, name });
  if (!present) return false;
  if (!isControlledBy(present, replica.metadata.uid)) return true;
  throw new ClusterError('conflict', `apply ${resource.kind} ${name}: it was made a moment ago`);
};
