import { type KubeItem, operatorNamespace } from './control-plane.ts';

/** Objects that the tests of the control plane have in common. */
export const claimObject = (namespace: string, name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace, labels },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } },
});

/** Of the claim of its own name with the managed target `dr`, where the spec says nothing else. */
export const syncReplicaObject = (namespace: string, name: string, spec: object) => ({
  apiVersion: 'syncreplica.io/v1alpha1',
  kind: 'SyncReplica',
  metadata: { name, namespace },
  spec: { source: { persistentVolumeClaim: name }, targets: [{ name: 'dr', managed: { storage: '1Gi' } }], ...spec },
});

/** Has the API server ask about every new pod at a port of this machine, which a Service stands for; `more` as in a webhook. */
export const webhookObjects = (service: { readonly port: number; readonly path?: string }, more: object): object[] => {
  const name = 'syncreplica-webhook';
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: operatorNamespace },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'syncreplica' },
      webhooks: [
        {
          name: 'pods.syncreplica.io',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name, namespace: operatorNamespace, ...service } },
          sideEffects: 'None',
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          ...more,
        },
      ],
    },
  ];
};

export const findCondition = (
  item: KubeItem | undefined,
  type: string,
): { status: string; reason: string; message: string } | undefined =>
  item?.status?.conditions?.find((one: { type: string }) => one.type === type);
