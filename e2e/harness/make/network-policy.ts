import type { KubeObject } from '../scenario.ts';

export const makeNetworkPolicy = (name: string, spec: KubeObject): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec,
});
