/** One rule of the role of whoever is on call, and what for. */
export interface Right {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * All that the verbs need. Without the others a verb says what it could not look at. Nothing here reads a Secret, makes
 * a pod or runs a command in one: the doctor's trial of the webhook needs `create pods`, its look at figures
 * `get pods/proxy`, and both are left to those who have them anyway.
 */
export const rights: readonly Right[] = [
  { apiGroups: ['syncreplica.io'], resources: ['syncreplicas'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: [''], resources: ['pods', 'persistentvolumeclaims'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['list', 'watch'] },
];

/**
 * What `history` needs besides. A port of any pod in the namespace can be forwarded by it, so it is a role of its own; who reaches
 * the receiver otherwise (`--address`) does without.
 */
export const historyRights: readonly Right[] = [
  { apiGroups: ['syncreplica.io'], resources: ['syncreplicas'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
];
