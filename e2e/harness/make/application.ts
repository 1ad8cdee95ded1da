import type { Context, KubeObject } from '../scenario.ts';

/** What Pod Security "restricted" asks of a container. */
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const user = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 };

export interface ApplicationOptions {
  readonly name?: string;
  readonly claim?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What runs in its container; by default it waits until it is told to end. */
  readonly script?: string;
  readonly accessMode?: 'ReadWriteOnce' | 'ReadWriteMany';
  /** Further fields of its pod, and of its container. */
  readonly pod?: KubeObject;
  readonly container?: KubeObject;
}

type PodOptions = Pick<ApplicationOptions, 'labels' | 'script' | 'pod' | 'container'>;

/** A shell that ends at once when it is told to. */
const idle = "trap 'exit 0' TERM; while true; do sleep 0.2; done";

/** Of a pod that leaves a lost node at once, and begins on `node` where that is there. */
export const movable = (node: string): KubeObject => ({
  tolerations: ['unreachable', 'not-ready'].map((what) => ({
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 1,
  })),
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          preference: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
        },
      ],
    },
  },
});

/** A pod that mounts its volume `data` at /data and passes Pod Security "restricted". */
const podTemplate = (
  context: Context,
  name: string,
  { labels = {}, script = idle, pod = {}, container = {} }: PodOptions,
): KubeObject => ({
  metadata: { labels: { app: name, ...labels } },
  spec: {
    terminationGracePeriodSeconds: 20,
    securityContext: { ...user, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'app',
        image: context.toolImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', script],
        securityContext: restricted,
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        ...container,
      },
    ],
    ...pod,
  },
});

/** Such a pod by itself, with an emptyDir. */
export const makePod = (context: Context, name: string, { pod = {}, ...options }: PodOptions = {}): KubeObject => {
  const template = podTemplate(context, name, {
    ...options,
    pod: { volumes: [{ name: 'data', emptyDir: {} }], ...pod },
  });
  return { apiVersion: 'v1', kind: 'Pod', ...template, metadata: { name, ...template.metadata } };
};

const claimed = (claimName: string): KubeObject => ({
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
});

/** The spec of a claim that one node mounts. */
export const smallClaim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } };

/** A StatefulSet of such pods with its Service; `set` are further fields of its spec, which name the volume `data` where `pod` does not. */
export const makeStatefulApplication = (
  context: Context,
  { name, set = {}, ...options }: Omit<PodOptions, 'container'> & { name: string; set?: KubeObject },
): readonly KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { clusterIP: 'None', selector: { app: name }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: podTemplate(context, name, options),
      ...set,
    },
  },
];

/** A claim, and a Deployment of one pod that mounts it at /data and passes Pod Security "restricted". */
export const makeApplication = (context: Context, options: ApplicationOptions = {}): readonly KubeObject[] => {
  const { name = 'web', claim = name, pod = {}, accessMode = 'ReadWriteOnce' } = options;
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: claim },
      spec: { ...smallClaim, accessModes: [accessMode] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        strategy: { type: 'Recreate' },
        template: podTemplate(context, name, { ...options, pod: { ...claimed(claim), ...pod } }),
      },
    },
  ];
};
