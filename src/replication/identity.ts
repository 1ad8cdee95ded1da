import { apiGroup, apiVersion, kind, labels, labelValue, managedByValue } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../cluster/objects.ts';

/** The SyncReplica that objects are made for. */
export interface ReplicaIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type Component = 'receiver' | 'reader' | 'agent-settings';

export const identityOf = ({ metadata }: SyncReplica): ReplicaIdentity => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid ?? '',
});

/** Labels by which the pods of one target are found; they never change, as a StatefulSet's selector can't. */
export const selectorLabels = (replica: ReplicaIdentity, target: string): Record<string, string> => ({
  [labels.component]: 'receiver',
  [labels.replica]: labelValue(replica.name),
  [labels.target]: target,
});

/** The same of a target's readers. */
export const readerLabels = (replica: ReplicaIdentity, target: string): Record<string, string> => ({
  ...selectorLabels(replica, target),
  [labels.component]: 'reader',
});

export const ownedLabels = (
  replica: ReplicaIdentity,
  component: Component,
  target?: string,
): Record<string, string> => ({
  [labels.managedBy]: managedByValue,
  [labels.appName]: `syncreplica-${component}`,
  [labels.appInstance]: labelValue(replica.name),
  [labels.component]: component,
  [labels.replica]: labelValue(replica.name),
  ...(target === undefined ? {} : { [labels.target]: target }),
});

export const ownerReference = (replica: ReplicaIdentity): OwnerReference => ({
  apiVersion: `${apiGroup}/${apiVersion}`,
  kind,
  name: replica.name,
  uid: replica.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** Metadata of an owned object. */
export const ownedMeta = (
  replica: ReplicaIdentity,
  name: string,
  component: Component,
  target?: string,
): ObjectMeta & { name: string; namespace: string } => ({
  name,
  namespace: replica.namespace,
  labels: ownedLabels(replica, component, target),
  ownerReferences: [ownerReference(replica)],
});

/** Is the object that SyncReplica's, and not of one that had its name before? */
export const isControlledBy = ({ metadata }: KubeObject, uid: string | undefined): boolean =>
  metadata?.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true;
