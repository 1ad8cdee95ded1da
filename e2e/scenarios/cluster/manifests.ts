import type { KubeObject } from '../../harness/scenario.ts';
import { application, idle, sidecar, webhook } from './programs.ts';

/** What Pod Security "restricted" asks of a pod; the group is what may write into its claims. */
const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};
const containerSecurity = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** A container of the tool image that runs a program of `programs.ts`. */
function container(image: string, name: string, program: string, mounts: readonly KubeObject[]): KubeObject {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', program],
    securityContext: containerSecurity,
    volumeMounts: mounts,
  };
}

/** A claim; the default class unless one is named. */
export function claim(name: string, mode: string, size: string, storageClassName?: string): KubeObject {
  const spec = { accessModes: [mode], resources: { requests: { storage: size } }, storageClassName };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec };
}

/** The application with its native sidecar, one claim of its own, on one node, and its Services. */
export function application1(image: string, node: string): readonly KubeObject[] {
  const labels = { app: 'web' };
  const mounts = [{ name: 'data', mountPath: '/data' }];
  const pod = {
    nodeSelector: { 'kubernetes.io/hostname': node },
    // A lost node must not make the pod wait for five minutes, as it would by default.
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
    })),
    securityContext: podSecurity,
    terminationGracePeriodSeconds: 20,
    initContainers: [
      { ...container(image, 'sidecar', sidecar, mounts), restartPolicy: 'Always', startupProbe: started },
    ],
    containers: [{ ...container(image, 'application', application, mounts), readinessProbe: answers }],
  };
  const claimTemplate = { metadata: { name: 'data' }, spec: claim('data', 'ReadWriteOnce', '100Mi').spec };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        serviceName: 'web',
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod },
        volumeClaimTemplates: [claimTemplate],
      },
    },
    service('web', labels, [
      { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
      { name: 'echo', port: 8080, targetPort: 8080, protocol: 'UDP' },
    ]),
  ];
}

const started = { exec: { command: ['test', '-s', '/data/story'] }, periodSeconds: 1, failureThreshold: 60 };
const answers = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 };

export function service(name: string, selector: KubeObject, ports: readonly KubeObject[]): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector, ports } };
}

/** A pod that only waits, with the claims it is given mounted at /NAME, on one node. */
export function idlePod(image: string, name: string, node: string, claims: readonly string[]): KubeObject {
  const mounts = claims.map((of) => ({ name: of, mountPath: `/${of}` }));
  const volumes = claims.map((of) => ({ name: of, persistentVolumeClaim: { claimName: of } }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      securityContext: podSecurity,
      terminationGracePeriodSeconds: 1,
      containers: [container(image, 'idle', idle, mounts)],
      volumes,
    },
  };
}

/** The webhook's pod, its Service and its certificate (PEM). */
export function webhookParts(image: string, certificate: string, key: string): readonly KubeObject[] {
  const labels = { app: 'webhook' };
  const run = container(image, 'webhook', webhook, [{ name: 'tls', mountPath: '/tls', readOnly: true }]);
  const readinessProbe = { httpGet: { path: '/', port: 8443, scheme: 'HTTPS' }, periodSeconds: 1 };
  const spec = {
    securityContext: podSecurity,
    terminationGracePeriodSeconds: 1,
    containers: [{ ...run, readinessProbe }],
    volumes: [{ name: 'tls', secret: { secretName: 'webhook' } }],
  };
  const stringData = { 'tls.crt': certificate, 'tls.key': key };
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'webhook' }, type: 'kubernetes.io/tls', stringData },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'webhook', labels }, spec },
    service('webhook', labels, [{ name: 'https', port: 443, targetPort: 8443 }]),
  ];
}

/** The registration of the webhook for ConfigMaps of one namespace: when it doesn't answer, they are refused. */
export function webhookRegistration(namespace: string, authority: string): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'label.e2e.syncreplica.io',
        clientConfig: {
          service: { name: 'webhook', namespace, path: '/' },
          caBundle: Buffer.from(authority).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
      },
    ],
  };
}
