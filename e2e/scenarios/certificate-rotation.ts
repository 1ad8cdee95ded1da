import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';
import { agentsOf, makeApplication, makeReplica, provesReplication, runningPod } from './inject/application.ts';

const chart = join(dirname(dirname(import.meta.dirname)), 'charts', 'syncreplica');
const brief = ['life=3m', 'announce=20s', 'authorityLife=6m'].flatMap((set) => ['--set', `certificates.${set}`]);
const lasting = ['life=2160h', 'announce=24h', 'authorityLife=26280h'].flatMap((set) => [
  '--set',
  `certificates.${set}`,
]);

/** Authorities and certificates are replaced while pods are created and files written; neither ever fails for it. */
export const scenario = defineScenario({
  name: 'certificate-rotation',
  async run(context) {
    const namespace = await context.namespace();
    await context.apply([makeReplica('web'), ...makeApplication(context)], namespace);
    await provesReplication(context, namespace, 'web', 'web');
    const release = await upgrade(context, brief);
    try {
      const first = await trusted(context);
      const seen = new Set(first);
      for (let turn = 1; seen.size < first.length + 2; turn++) {
        const bundle = await trusted(context);
        for (const serial of bundle) seen.add(serial);
        await createsInjectedPod(context, namespace, `turn-${turn}`);
        await provesReplication(context, namespace, 'web', 'web');
      }
      await context.waitFor(
        'the first authority to go',
        async () => {
          const bundle = await trusted(context);
          return first.every((serial) => !bundle.includes(serial));
        },
        600_000,
      );
      await createsInjectedPod(context, namespace, 'last');
      await provesReplication(context, namespace, 'web', 'web');
    } finally {
      await upgrade(context, lasting);
    }
    assert.ok(release);
  },
});

const upgrade = async (context: Context, sets: readonly string[]): Promise<string> => {
  const words = ['upgrade', releaseName, chart, '--namespace', operatorNamespace, '--reuse-values', ...sets];
  return context.helm([...words, '--wait', '--timeout', '4m']);
};

/** Serial numbers of the authorities that the apiserver trusts for the webhook. */
const trusted = async (context: Context): Promise<string[]> => {
  const configuration = await context.get('mutatingwebhookconfiguration', releaseName);
  const bundle = Buffer.from(configuration.webhooks[0].clientConfig.caBundle ?? '', 'base64').toString();
  const pems = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return pems.map((pem) => new X509Certificate(pem).serialNumber);
};

/** A bare pod with the claim: without an agent the webhook was not trusted at that moment. */
const createsInjectedPod = async (context: Context, namespace: string, name: string): Promise<void> => {
  const pod = await runningPod(context, namespace, 'web');
  const spec = { ...pod.spec, initContainers: undefined, volumes: pod.spec.volumes.filter(isOwn), nodeName: undefined };
  const containers = spec.containers.map((one: { volumeMounts: { name: string }[] }) => ({
    ...one,
    volumeMounts: one.volumeMounts.filter(isOwn),
  }));
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, containers } };
  await context
    .kubectl(['create', '--namespace', namespace, '--dry-run=server', '-o', 'json', '-f', '-'], {
      input: JSON.stringify(manifest),
    })
    .then((text) => assert.deepEqual(agentsOf(JSON.parse(text)), ['syncreplica-agent-web']));
};

const isOwn = ({ name }: { name: string }): boolean => name === 'data';
