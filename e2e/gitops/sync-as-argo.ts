import { argoHealthOf } from '../../src/replication/status/argo-health.fixture.ts';
import type { Context, KubeObject } from '../harness/scenario.ts';

/** Argo CD's order of kinds within a wave (gitops-engine, pkg/sync/sync_tasks.go); one that it doesn't know comes last. */
const kinds = [
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
];

export const waveAnnotation = 'argocd.argoproj.io/sync-wave';
const waveOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[waveAnnotation] ?? 0);
const placeOf = ({ kind }: KubeObject): number => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length);

/** Objects by wave, each in Argo's order. */
export const wavesOf = (objects: readonly KubeObject[]): KubeObject[][] => {
  const numbers = [...new Set(objects.map(waveOf))].sort((a, b) => a - b);
  return numbers.map((wave) =>
    objects
      .filter((one) => waveOf(one) === wave)
      .sort((a, b) => placeOf(a) - placeOf(b) || a.metadata.name.localeCompare(b.metadata.name)),
  );
};

/** As Argo CD judges it: by its script where there is one, else by the rules that are built into it. */
const isHealthy = (object: KubeObject): boolean => {
  const { kind, spec, status, metadata } = object;
  if (kind === 'SyncReplica') return argoHealthOf(object).startsWith('Healthy|');
  if (kind === 'PersistentVolumeClaim') return status?.phase === 'Bound';
  if (kind !== 'Deployment') return true;
  return status?.observedGeneration === metadata.generation && status?.availableReplicas === spec.replicas;
};

/**
 * One sync of an Application: wave by wave, one object after the other in Argo's order, and the next wave once this one is
 * healthy. Rejects at what the API server refuses, as a sync does that is tried again.
 */
export const syncAsArgo = async (
  context: Context,
  objects: readonly KubeObject[],
  namespace: string,
): Promise<void> => {
  for (const wave of wavesOf(objects)) {
    for (const object of wave) await context.apply(object, object.metadata.namespace ?? namespace);
    for (const { kind, apiVersion, metadata } of wave)
      await context.waitFor(`${kind} ${metadata.name} to be healthy`, async () => {
        const [version, group] = apiVersion.split('/').reverse();
        const type = group === undefined ? kind : `${kind}.${version}.${group}`;
        const found = await context.get(type, metadata.name, metadata.namespace ?? namespace);
        return found !== undefined && isHealthy(found);
      });
  }
};
