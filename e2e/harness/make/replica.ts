import type { KubeObject } from '../scenario.ts';

/** A SyncReplica of the claim of its own name with the managed target `dr`, where `spec` says nothing else. */
export const makeReplica = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'syncreplica.io/v1alpha1',
  kind: 'SyncReplica',
  metadata: { name },
  spec: {
    source: { persistentVolumeClaim: name },
    targets: [{ name: 'dr', managed: { storage: '64Mi' } }],
    ...spec,
  },
});

/** The fields of a managed target on one node. */
export const targetOn = (node: string, more: object = {}): object => ({
  targets: [{ name: 'dr', managed: { storage: '64Mi', nodeSelector: { 'kubernetes.io/hostname': node }, ...more } }],
});
