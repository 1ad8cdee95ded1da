import { labels } from '../../src/api/names.ts';

/** One SyncReplica of the simulated cluster, and the pods of its application. */
export interface PlannedReplica {
  readonly namespace: string;
  readonly name: string;
  /** The source's claims with the pods that have them, in the order of their ordinals. The first pod writes. */
  readonly volumes: readonly { readonly pods: readonly string[]; readonly claim: string }[];
  /** Its source is named by the claim, else by its pods' labels. */
  readonly isOneClaim: boolean;
}

/** The namespace that a fifth of all SyncReplicas share. */
export const crowdedNamespace = 'crowded';
const perNamespace = 20;
const setSize = 3;
const podsOfClaim = 4;
const target = 'dr';

/** Three of four are Deployments of four pods with one claim, the others StatefulSets of three; each volume has a receiver. */
export const planReplicas = (count: number): PlannedReplica[] =>
  Array.from({ length: count }, (_, index) => {
    const isCrowded = index < count / 5;
    const namespace = isCrowded ? crowdedNamespace : `team-${Math.floor(index / perNamespace)}`;
    const name = `app-${index}`;
    const isOneClaim = index % 4 !== 3;
    const volumes = isOneClaim
      ? [{ pods: Array.from({ length: podsOfClaim }, (_, at) => `${name}-${at}`), claim: name }]
      : Array.from({ length: setSize }, (_, at) => ({ pods: [`${name}-${at}`], claim: `data-${name}-${at}` }));
    return { namespace, name, volumes, isOneClaim };
  });

export const replicaObject = ({ namespace, name, isOneClaim }: PlannedReplica) => ({
  metadata: { namespace, name },
  spec: {
    source: isOneClaim
      ? { persistentVolumeClaim: name }
      : { podSelector: { matchLabels: { app: name } }, volume: 'data' },
    targets: [{ name: target, managed: { storage: '1Gi' } }],
  },
});

export const claimObject = (namespace: string, name: string, claimLabels: Readonly<Record<string, string>> = {}) => ({
  metadata: { namespace, name, labels: claimLabels },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } },
});

export const sourcePod = ({ namespace, name, isOneClaim }: PlannedReplica, pod: string, claim: string) => ({
  metadata: {
    namespace,
    name: pod,
    labels: { app: name },
    ownerReferences: isOneClaim
      ? []
      : [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: name, controller: true }],
  },
  spec: {
    securityContext: { runAsUser: 1_000, runAsGroup: 1_000, fsGroup: 1_000 },
    containers: [{ name: 'app', image: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
});

/** As long as pods are that others make: 9 KB of JSON, most of it variables. */
export const strangersPod = (namespace: string, index: number) => ({
  metadata: {
    namespace,
    name: `stranger-${index}`,
    labels: { app: `stranger-${index % 100}`, [labels.inject]: 'false' },
    annotations: { checksum: 'c'.repeat(64) },
  },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'registry.example.org/team/application:1.2.3',
        env: Array.from({ length: 90 }, (_, at) => ({ name: `SETTING_${at}`, value: `${index}-${'v'.repeat(40)}` })),
        volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'app' } }],
  },
});
