import type { KubeObject } from '../cluster/objects.ts';
import * as kinds from '../cluster/resources.ts';

/**
 * The kinds of which the operator makes objects, in the order in which they are deleted: the receiver goes before what it
 * needs. Each is watched, cached, applied and pruned by being here.
 */
export const ownedKinds = {
  statefulSets: kinds.statefulSets,
  services: kinds.services,
  disruptionBudgets: kinds.disruptionBudgets,
  networkPolicies: kinds.networkPolicies,
  serviceAccounts: kinds.serviceAccounts,
  secrets: kinds.secrets,
} as const;

export type OwnedKind = keyof typeof ownedKinds;
export type OwnedObject<K extends OwnedKind> = NonNullable<(typeof ownedKinds)[K]['object']>;

export const ownedKindNames = Object.keys(ownedKinds) as readonly OwnedKind[];

/** The name in `ownedKinds` of a resource. */
export const ownedKindOf = (resource: kinds.Resource<KubeObject>): OwnedKind | undefined =>
  ownedKindNames.find((kind) => ownedKinds[kind].plural === resource.plural);

/** One value for each owned kind. */
export const forOwnedKinds = <T>(make: (kind: OwnedKind) => T): Record<OwnedKind, T> =>
  Object.fromEntries(ownedKindNames.map((kind) => [kind, make(kind)])) as Record<OwnedKind, T>;
