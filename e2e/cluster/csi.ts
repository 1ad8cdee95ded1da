import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBinaries } from './binaries.ts';
import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { kubectl } from './kubectl.ts';
import { apiserverPort, controlAddress, inside, type Layout, machineFolder } from './layout.ts';
import { runInMachine, runUnit, stopUnit } from './machine.ts';
import type { Progress } from './progress.ts';
import { waitFor } from './wait.ts';

/** A CSI driver with snapshots, as a class of storage and one of snapshots by the same name; its volumes are on one node. */
export interface CsiDriver {
  readonly className: string;
  /** The folder on this host where a volume's content is, by what the driver calls it. */
  volumePath(handle: string): string;
  /** Takes it away with its kinds; whatever is of them has to be gone. */
  stop(): Promise<void>;
}

const driver = 'csi.e2e.syncreplica.io';
const className = 'csi';
const folder = 'csi';
const socket = `/var/lib/kubelet/plugins/${driver}/csi.sock`;
const registry = `/var/lib/kubelet/plugins_registry/${driver}-reg.sock`;
const kubeconfig = 'csi.kubeconfig';

/** Builds and starts the driver, what makes volumes and snapshots of it, and the snapshot controller on the first node, where pods run that use its class. */
export async function startCsi(
  layout: Layout,
  bin: string,
  progress: Progress,
  env: NodeJS.ProcessEnv,
): Promise<CsiDriver> {
  const [node] = layout.nodes;
  if (node === undefined) throw new ClusterError('no-node', `start a CSI driver: cluster ${layout.name} has none`, '');
  await buildBinaries(progress, env, [...units.keys()]);
  const facts = { server: `https://${controlAddress}:${apiserverPort}`, pki: layout.pki, client: 'admin' };
  writeFileSync(join(machineFolder(layout, node.name), 'config', kubeconfig), kubeconfigText(facts), { mode: 0o600 });
  await runInMachine(layout, node.name, ['mkdir', '-p', join(socket, '..')]);
  const schemas = await schemaFiles();
  await kubectl(layout, bin, ['apply', '--server-side', ...schemas]);
  for (const [unit, flags] of units)
    await runUnit(layout, node.name, unit, [`${inside.bin}/${unit}`, ...flags(node.name)]);
  const input = JSON.stringify(objects(node.name));
  const applied = async () => (await kubectl(layout, bin, ['apply', '--server-side', '-f', '-'], { input })).code === 0;
  await waitFor('the kinds of snapshots', applied, { timeoutMs: 60_000 });
  const registered = async (): Promise<boolean> => {
    const { stdout } = await kubectl(layout, bin, ['get', 'csinode', node.name, '-o', 'json']);
    return JSON.parse(stdout).spec.drivers?.some(({ name }: { name: string }) => name === driver) === true;
  };
  const hint = `See ${join(machineFolder(layout, node.name), 'log')}`;
  await waitFor(`the kubelet to know ${driver}`, registered, { timeoutMs: 120_000, hint });
  return {
    className,
    volumePath: (handle) => join(layout.volumes, folder, 'volumes', handle),
    async stop() {
      for (const unit of [...units.keys()].reverse()) await stopUnit(layout, node.name, unit);
      await kubectl(layout, bin, ['delete', '--ignore-not-found', '-f', '-'], { input });
      await kubectl(layout, bin, ['delete', '--ignore-not-found', '--timeout=60s', ...schemas]);
    },
  };
}

const asAdministrator = `--kubeconfig=${inside.config}/${kubeconfig}`;
const atDriver = `--csi-address=${socket}`;

/** What runs on the node, in the order in which it is started; each is a program of that name. */
const units: ReadonlyMap<string, (node: string) => readonly string[]> = new Map([
  [
    'csi-folders',
    (node: string) => [
      `--name=${driver}`,
      `--node=${node}`,
      `--state=${inside.volumes}/${folder}`,
      `--socket=${socket}`,
      `--registry=${registry}`,
    ],
  ],
  ['csi-provisioner', () => [asAdministrator, atDriver]],
  ['csi-snapshotter', () => [asAdministrator, atDriver]],
  ['snapshot-controller', () => [asAdministrator]],
]);

/** The kinds of snapshots as the modules have them from which the programs are built. */
async function schemaFiles(): Promise<string[]> {
  const module = 'github.com/kubernetes-csi/external-snapshotter/client/v8';
  const { stdout } = await runCommand('go', ['mod', 'download', '-json', module], {
    cwd: join(import.meta.dirname, folder),
    env: { GOTOOLCHAIN: 'local' },
  });
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
  return ['volumesnapshots', 'volumesnapshotclasses', 'volumesnapshotcontents'].flatMap((kind) => [
    '-f',
    join(Dir, 'config/crd', `snapshot.storage.k8s.io_${kind}.yaml`),
  ]);
}

function objects(node: string): object {
  const metadata = { name: className };
  const onNode = { matchLabelExpressions: [{ key: 'csi.e2e.syncreplica.io/node', values: [node] }] };
  const items = [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: driver },
      spec: { attachRequired: false, fsGroupPolicy: 'File', volumeLifecycleModes: ['Persistent'] },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata,
      provisioner: driver,
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
      allowedTopologies: [onNode],
    },
    {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata,
      driver,
      deletionPolicy: 'Delete',
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
