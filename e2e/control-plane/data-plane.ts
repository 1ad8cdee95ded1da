import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentHandle, runAgent } from '../../sidecar/agent/main.ts';
import { createReceiver, type Receiver, type ReceiverOptions } from '../../sidecar/receiver/receiver.ts';
import { agentContainerName, agentSecretName, labels, ports } from '../../src/api/names.ts';
import type { ReplicationSettings, TlsMaterial } from '../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import type { ControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';

/** A real receiver and a real agent for the SyncReplica `uploads` of a namespace: what a kubelet would do is done here. */
export interface DataPlane {
  readonly plane: ControlPlane;
  readonly namespace: string;
  /** A loopback address where nobody else of this machine serves. */
  readonly receiverHost: string;
  readonly folder: string;
}

/** Decoded. */
export const textsOf = async (
  { plane, namespace }: DataPlane,
  secret: string,
): Promise<Record<string, string> | undefined> => {
  const found = (await plane.get('secret', secret, namespace))?.data as Record<string, string> | undefined;
  return (
    found &&
    Object.fromEntries(Object.entries(found).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]))
  );
};

export const settingsText = async (on: DataPlane): Promise<string | undefined> =>
  (await textsOf(on, agentSecretName('uploads', 'uploads')))?.['uploads.json'];

/** The namespace, the claims of source and receiver as a cluster would have them, and the SyncReplica. */
export const applyUploads = (plane: ControlPlane, namespace: string, spec: object = {}): Promise<unknown> =>
  plane.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    claimObject(namespace, 'uploads'),
    claimObject(namespace, 'data-uploads-dr-0', drReceiver),
    syncReplicaObject(namespace, 'uploads', spec),
  );

const drReceiver = { [labels.component]: 'receiver', [labels.replica]: 'uploads', [labels.target]: 'dr' };

/** That of target dr, with its pod. It keeps its replica in `replica`. */
export const startDrReceiver = async (
  on: DataPlane,
  options: Pick<ReceiverOptions, 'history'> = {},
): Promise<Receiver> => {
  const { namespace, receiverHost, folder } = on;
  const certs = await writeReceiverCerts(on);
  const receiver = createReceiver({
    directory: join(folder, 'replica'),
    volume: `${namespace}.uploads-dr-0`,
    host: receiverHost,
    port: ports.receiver,
    credentials: { directory: certs },
    ...options,
  });
  await receiver.start();
  await startReceiverPod(on);
  return receiver;
};

/** What its Secret holds, as the files that it is mounted as. */
export const writeReceiverCerts = async (on: DataPlane): Promise<string> => {
  const certs = join(on.folder, 'certs');
  mkdirSync(certs, { recursive: true });
  const texts = await on.plane.until('the receiver’s Secret', () => textsOf(on, 'uploads-dr-srep-receiver'));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(certs, name), text, { mode: 0o600 });
  return certs;
};

/** Its pod, as the API server knows it. */
export const startReceiverPod = (on: DataPlane): Promise<void> =>
  startPod(on, 'uploads-dr-0', 'data-uploads-dr-0', drReceiver, on.receiverHost);

/** The application's pod with its agent, as the API server knows it: one of the Deployment `web`. */
export const startSourcePod = (on: DataPlane): Promise<void> =>
  startPod(on, 'web-1', 'uploads', { [labels.injected]: 'true' }, '127.0.0.1');

/** One of the same Deployment that started without its agent. */
export const startBarePod = (on: DataPlane): Promise<void> => startPod(on, 'web-2', 'uploads', {}, '127.0.0.1');

const ofDeployment = {
  labels: { 'pod-template-hash': 'abc' },
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'web-abc', controller: true }],
};

const startPod = async (
  { plane, namespace }: DataPlane,
  name: string,
  claim: string,
  own: Record<string, string>,
  podIP: string,
): Promise<void> => {
  const isReceiver = own[labels.component] === 'receiver';
  const isInjected = own[labels.injected] !== undefined;
  const agent = agentContainerName('uploads');
  await plane.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: isReceiver
      ? { name, namespace, labels: own }
      : { name, namespace, ...ofDeployment, labels: { ...ofDeployment.labels, ...own } },
    spec: {
      securityContext: { runAsUser: 1000, runAsGroup: 1000 },
      initContainers: isInjected ? [{ name: agent, image: 'x', restartPolicy: 'Always' }] : [],
      containers: [
        { name: isReceiver ? 'receiver' : 'web', image: 'x', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
    },
  });
  const running = { image: 'x', imageID: 'x', ready: true, restartCount: 0, state: { running: {} } };
  const kind = isInjected ? 'initContainerStatuses' : 'containerStatuses';
  const container = { name: isInjected ? agent : isReceiver ? 'receiver' : 'web', ...running };
  const patch = JSON.stringify({ status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], [kind]: [container] } });
  await plane.kubectl('patch', 'pod', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch);
};

/** What an operator wrote for a pod: the source is a folder here, and names of the cluster are answered by `receiverHost`. */
export const onThisMachine = (on: DataPlane, settings: ReplicationSettings): ReplicationSettings => ({
  ...settings,
  source: join(on.folder, 'source'),
  targets: settings.targets.map((target) => {
    assert.equal(target.kind, 'receiver');
    const servername = target.tls.servername ?? target.host;
    return { ...target, host: on.receiverHost, tls: { ...target.tls, servername } };
  }),
});

/** With the settings that the operator wrote. */
export const startSourceAgent = async (on: DataPlane): Promise<AgentHandle> => {
  const { tls, ...options } = await agentSettings(on);
  const agent = await runAgent({
    ...options,
    api: { host: '127.0.0.1', port: 0, tls: () => tls },
    logger: silentLogger,
  });
  await agent.ready;
  return agent;
};

/** Once they have a target, whose name is answered by `receiverHost`; with the agent's folders, its name, and what it serves its API with. */
export const agentSettings = async (
  on: DataPlane,
): Promise<{ settings: ReplicationSettings; holder: string; stateDir: string; tls: TlsMaterial }> => {
  const settings = await on.plane.until('settings with a target', async () => {
    const text = await settingsText(on);
    const found = text === undefined ? undefined : onThisMachine(on, JSON.parse(text) as ReplicationSettings);
    return found?.targets.length === 1 ? found : undefined;
  });
  const texts = (await textsOf(on, agentSecretName('uploads', 'uploads'))) ?? {};
  const tls = { ca: texts['ca.crt'] ?? '', cert: texts['tls.crt'] ?? '', key: texts['tls.key'] ?? '' };
  return { settings, holder: 'web-1/1', stateDir: join(on.folder, 'state'), tls };
};
