import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { renderObjects } from './pack-chart.ts';
import { packFolder } from './pack-program.ts';
import type { ReleaseOptions } from './stage-program.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects as helm renders them
type Rendered = any;

/** Where OLM mounts the certificate that it makes for a webhook. */
const certificateFolder = '/tmp/k8s-webhook-server/serving-certs';

/** OLM makes accounts, bindings, Services and the webhook's configuration itself, from what the ClusterServiceVersion says. */
export const clusterServiceVersion = (objects: readonly Rendered[], version: string, icon: Buffer): object => {
  const one = (kind: string, name = 'syncreplica'): Rendered =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);
  const deployment = one('Deployment');
  const account = deployment.spec.template.spec.serviceAccountName;
  const [container] = deployment.spec.template.spec.containers;
  // OLM takes no selector of namespaces and no match conditions, so what fails without an answer is asked for by a pod's own label alone.
  const webhooks = one('MutatingWebhookConfiguration').webhooks.filter(({ name }: Rendered) =>
    ['pods.syncreplica.io', 'required.syncreplica.io'].includes(name),
  );
  const targetPort = container.ports.find(({ name }: Rendered) => name === 'webhook').containerPort;
  const fixed = { name: 'SYNCREPLICA_WEBHOOK_CERTIFICATE_FOLDER', value: certificateFolder };
  const spec = {
    ...deployment.spec,
    template: {
      ...deployment.spec.template,
      spec: {
        ...deployment.spec.template.spec,
        containers: [{ ...container, env: [...container.env, fixed] }],
      },
    },
  };
  return {
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: {
      name: `syncreplica.v${version}`,
      annotations: {
        capabilities: 'Deep Insights',
        categories: 'Storage',
        containerImage: container.image,
        'operatorframework.io/suggested-namespace': 'syncreplica-system',
        'features.operators.openshift.io/disconnected': 'true',
        'alm-examples': JSON.stringify([
          {
            apiVersion: 'syncreplica.io/v1alpha1',
            kind: 'SyncReplica',
            metadata: { name: 'uploads', namespace: 'shop' },
            spec: {
              source: { persistentVolumeClaim: 'uploads' },
              targets: [{ name: 'dr', managed: { storage: '10Gi' } }],
            },
          },
        ]),
      },
    },
    spec: {
      displayName: 'SyncReplica',
      description: 'Keeps live replicas of volumes: every change reaches the target within milliseconds.',
      version,
      maturity: 'alpha',
      minKubeVersion: '1.30.0',
      keywords: ['replication', 'rsync', 'volumes', 'disaster recovery'],
      provider: { name: 'SyncReplica' },
      icon: [{ base64data: icon.toString('base64'), mediatype: 'image/svg+xml' }],
      installModes: ['OwnNamespace', 'SingleNamespace', 'MultiNamespace', 'AllNamespaces'].map((type) => ({
        type,
        supported: type === 'AllNamespaces',
      })),
      customresourcedefinitions: {
        owned: [
          {
            name: 'syncreplicas.syncreplica.io',
            version: 'v1alpha1',
            kind: 'SyncReplica',
            displayName: 'SyncReplica',
            description: 'One source volume and the targets that are kept equal to it.',
          },
        ],
      },
      relatedImages: [
        { name: 'operator', image: container.image },
        { name: 'agent', image: container.env.find(({ name }: Rendered) => name === 'SYNCREPLICA_AGENT_IMAGE').value },
      ],
      install: {
        strategy: 'deployment',
        spec: {
          clusterPermissions: [{ serviceAccountName: account, rules: one('ClusterRole').rules }],
          permissions: [{ serviceAccountName: account, rules: one('Role').rules }],
          deployments: [{ name: deployment.metadata.name, label: deployment.metadata.labels, spec }],
        },
      },
      webhookdefinitions: webhooks.map((webhook: Rendered) => ({
        type: 'MutatingAdmissionWebhook',
        generateName: webhook.name,
        deploymentName: deployment.metadata.name,
        containerPort: 443,
        targetPort,
        webhookPath: webhook.clientConfig.service.path,
        admissionReviewVersions: webhook.admissionReviewVersions,
        failurePolicy: webhook.failurePolicy,
        sideEffects: webhook.sideEffects,
        reinvocationPolicy: webhook.reinvocationPolicy,
        timeoutSeconds: webhook.timeoutSeconds,
        objectSelector: webhook.objectSelector,
        rules: webhook.rules,
      })),
    },
  };
};

/** A bundle as `operator-sdk bundle validate` reads it: manifests, metadata and the file that builds its image. */
export const packOlm = async (options: ReleaseOptions): Promise<string[]> => {
  const { project, out, work, version } = options;
  const objects = await renderObjects(project);
  const name = `syncreplica-olm-${version}`;
  const folder = join(work, 'olm', name);
  for (const part of ['manifests', 'metadata']) mkdirSync(join(folder, part), { recursive: true });
  const write = (path: string, object: object): void =>
    writeFileSync(join(folder, path), stringify(object, { lineWidth: 0 }));
  const icon = readFileSync(join(project, 'packaging/icon.svg'));
  write('manifests/syncreplica.clusterserviceversion.yaml', clusterServiceVersion(objects, version, icon));
  write(
    'manifests/syncreplicas.syncreplica.io.crd.yaml',
    objects.find(({ kind }) => kind === 'CustomResourceDefinition') as object,
  );
  const annotations = {
    'operators.operatorframework.io.bundle.mediatype.v1': 'registry+v1',
    'operators.operatorframework.io.bundle.manifests.v1': 'manifests/',
    'operators.operatorframework.io.bundle.metadata.v1': 'metadata/',
    'operators.operatorframework.io.bundle.package.v1': 'syncreplica',
    'operators.operatorframework.io.bundle.channels.v1': 'alpha',
    'operators.operatorframework.io.bundle.channel.default.v1': 'alpha',
  };
  write('metadata/annotations.yaml', { annotations });
  const labels = Object.entries(annotations).map(([key, value]) => `LABEL ${key}=${value}`);
  writeFileSync(
    join(folder, 'bundle.Dockerfile'),
    ['FROM scratch', ...labels, 'COPY manifests /manifests/', 'COPY metadata /metadata/', ''].join('\n'),
  );
  const file = join(out, `${name}.tar.gz`);
  await packFolder(join(work, 'olm'), name, file, options);
  return [file];
};
