import { labels } from '../api/names.ts';
import { ownedKindNames, ownedKindOf, ownedKinds } from '../caches/owned-kinds.ts';
import type { KubeObject } from '../cluster/objects.ts';
import type { Resource } from '../cluster/resources.ts';
import type { Observed } from './observed.ts';

/** One object of a SyncReplica's that may be deleted; with `uid`, only while it is still that one. */
export interface OwnedRef {
  readonly resource: Resource<KubeObject>;
  readonly name: string;
  readonly uid: string | undefined;
}

/** What is owned for one target, or for all of them and the agents, in the order in which it is to go. */
export const ownedOf = ({ owned }: Observed, target?: string): OwnedRef[] =>
  ownedKindNames.flatMap((kind) =>
    (owned[kind] as readonly KubeObject[])
      .filter((object) => target === undefined || object.metadata?.labels?.[labels.target] === target)
      .filter((object) => object.metadata?.deletionTimestamp === undefined)
      .map((object) => ({
        resource: ownedKinds[kind] as Resource<KubeObject>,
        name: object.metadata?.name ?? '',
        uid: object.metadata?.uid,
      })),
  );

/** The owned object of that kind and name. */
export const findOwned = (
  { owned }: Observed,
  resource: Resource<KubeObject>,
  name: string | undefined,
): KubeObject | undefined => {
  const kind = ownedKindOf(resource);
  return kind && (owned[kind] as readonly KubeObject[]).find(({ metadata }) => metadata?.name === name);
};
