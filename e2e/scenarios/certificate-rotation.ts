import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';
import { receiverSecretName } from '../../src/api/names.ts';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication, startReplicated } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const chart = join(dirname(dirname(import.meta.dirname)), 'charts', 'syncreplica');
// Longer than the kubelet takes to bring a Secret into a pod, or peers would meet what they can't know yet.
const brief = ['life=4m', 'announce=90s', 'authorityLife=12m'].flatMap((set) => ['--set', `certificates.${set}`]);
const lasting = ['life=2160h', 'announce=24h', 'authorityLife=26280h'].flatMap((set) => [
  '--set',
  `certificates.${set}`,
]);

const dayMs = 86_400_000;

/** Authorities, certificates and passwords are replaced while pods are created and files written; neither ever fails for it. */
export const scenario = defineScenario({
  name: 'certificate-rotation',
  async run(context) {
    const namespace = await context.namespace();
    await startReplicated(context, namespace, makeReplica('web'), makeApplication(context));
    await provesReplication(context, namespace, 'web', 'web');
    const first = await trusted(context);
    const firstUser = await rsyncUser(context, namespace);
    await upgrade(context, brief);
    try {
      await context.step('a new authority replaces the old one', async () => {
        const until = Date.now() + 900_000;
        for (let isOld = true; isOld || (await rsyncUser(context, namespace)) === firstUser; ) {
          await createsInjectedPod(context, namespace, 'probe');
          await provesReplication(context, namespace, 'web', 'web');
          const bundle = await trusted(context);
          assert.ok(bundle.length > 0, 'something is trusted at every moment');
          isOld = first.some((serial) => bundle.includes(serial));
          assert.ok(Date.now() < until, 'the first authority goes');
        }
      });
    } finally {
      await upgrade(context, lasting);
    }
    // Longer than what is brief has left to live: what it signed has to be replaced before.
    await context.step('one that lasts replaces those that end soon', async () => {
      const until = Date.now() + 900_000;
      for (let endsSoon = true; endsSoon; ) {
        await createsInjectedPod(context, namespace, 'probe');
        await provesReplication(context, namespace, 'web', 'web');
        endsSoon = (await authorities(context)).some(({ validTo }) => Date.parse(validTo) - Date.now() < dayMs);
        assert.ok(Date.now() < until, 'the last that is brief goes');
      }
    });
    await createsInjectedPod(context, namespace, 'afterwards');
    await provesReplication(context, namespace, 'web', 'web');
    const events = await context.list('events.events.k8s.io', namespace);
    const notes = events.filter((one) => one.reason === 'CredentialsRotated').map((one) => one.note);
    for (const what of ['the password of target dr', 'the certificate of target dr', 'the certificates of its agents'])
      assert.ok(
        notes.some((note) => note.includes(what)),
        `${what} was replaced, and an Event says so`,
      );
    const pod = await runningPod(context, namespace, 'web');
    assert.deepEqual(
      [...pod.status.containerStatuses, ...pod.status.initContainerStatuses].map((one) => one.restartCount),
      [0, 0],
      'nothing was restarted for it',
    );
  },
});

/** The user that agents show to the receiver: each password has one of its own. */
const rsyncUser = async (context: Context, namespace: string): Promise<string> => {
  const secret = await context.get('secret', receiverSecretName('web', 'dr'), namespace);
  return Buffer.from(secret.data.username, 'base64').toString();
};

const upgrade = async (context: Context, sets: readonly string[]): Promise<void> => {
  const words = ['upgrade', releaseName, chart, '--namespace', operatorNamespace, '--reuse-values', ...sets];
  await context.helm([...words, '--wait', '--timeout', '4m']);
};

/** Serial numbers of the authorities that the apiserver trusts for the webhook. */
const trusted = async (context: Context): Promise<string[]> =>
  (await authorities(context)).map(({ serialNumber }) => serialNumber);

const authorities = async (context: Context): Promise<X509Certificate[]> => {
  const configuration = await context.get('mutatingwebhookconfiguration', releaseName);
  const bundle = Buffer.from(configuration.webhooks[0].clientConfig.caBundle ?? '', 'base64').toString();
  const pems = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return pems.map((pem) => new X509Certificate(pem));
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
