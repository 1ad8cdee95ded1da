import { closeSync, constants, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { controlUnits } from './component-flags.ts';
import { ClusterError } from './failure.ts';
import { delayLink, dropPackets, healLink, narrowLink, partitionNode, partitionNodes } from './faults-link.ts';
import { isApiserverReady, kubectl } from './kubectl.ts';
import { controlName, type Layout, nodeOf } from './layout.ts';
import { cutPower, enterFlags, requireMachine, startUnits, stopUnit, unitStates } from './machine.ts';
import { bootNode, startNode } from './up.ts';
import { waitFor } from './wait.ts';

/** A volume that is full until it is given its space back. */
export interface FilledVolume {
  /** Bytes taken. */
  readonly bytes: number;
  release(): void;
}

/** What can be done to a running cluster. Each resolves once it is so, not once the cluster has noticed. */
export interface Faults {
  /** SIGKILL (or `signal`) to the first process of a pod's container, as the out-of-memory killer would. */
  killContainerProcess(namespace: string, pod: string, container: string, signal?: string): Promise<void>;
  /** Every process of the node is gone at once and its network with it; what it wrote stays, as page cache does not lose it here. */
  powerCutNode(node: string): Promise<void>;
  /** Boots the node again; resolves when it is Ready. */
  restoreNode(node: string): Promise<void>;
  /** The node runs on with its link cut; with `from`, only from that other node and its pods. */
  partitionNode(node: string, from?: string): Promise<void>;
  /** Takes every fault off the node's link. */
  healNode(node: string): Promise<void>;
  /** Loses a share of the packets to and from the node, 0 to 100 percent. */
  dropPackets(node: string, percent: number): Promise<void>;
  narrowLink(node: string, kbitPerSecond: number): Promise<void>;
  /** Each way: a round trip takes twice that. 0 ends it. */
  delayLink(node: string, delayMs: number): Promise<void>;
  /** Takes all but `leaveBytes` of a mounted claim's file system, with no name in it that a program could see. */
  fillClaim(namespace: string, claim: string, leaveBytes?: number): Promise<FilledVolume>;
  stopApiserver(): Promise<void>;
  startApiserver(): Promise<void>;
  /** Kills one program of one machine; its keeper starts it again. */
  restartComponent(component: string, machine?: string): Promise<void>;
  /** Undoes all of the above but the kill: nodes on, links whole, programs running. */
  healAll(): Promise<void>;
}

/** The name of the class whose claims have a file system of exactly the size asked for: what `fillClaim` is for. */
export const sizedStorageClass = 'local-sized';

/** The faults of one cluster. `bin` is the folder of its programs. */
export function makeFaults(layout: Layout, bin: string): Faults {
  const untilReady = (node: string) => untilNodeReady(layout, bin, node);
  const filled = new Set<FilledVolume>();
  const faults: Faults = {
    killContainerProcess: (...of) => killContainerProcess(layout, bin, ...of),
    powerCutNode: (node) => cutPower(layout, nodeOf(layout, node).name),
    async restoreNode(name) {
      const node = nodeOf(layout, name);
      await bootNode(layout, node, bin);
      await startNode(layout, node);
      await untilReady(name);
    },
    partitionNode: (node, from) =>
      from === undefined ? partitionNode(layout, node) : partitionNodes(layout, node, from),
    healNode: (node) => healLink(layout, node),
    dropPackets: (node, percent) => dropPackets(layout, node, percent),
    narrowLink: (node, kbitPerSecond) => narrowLink(layout, node, kbitPerSecond),
    delayLink: (node, delayMs) => delayLink(layout, node, delayMs),
    async fillClaim(namespace, claim, leaveBytes = 0) {
      const path = await mountedClaim(layout, bin, namespace, claim);
      const volume = fill(path, leaveBytes, () => filled.delete(volume));
      filled.add(volume);
      return volume;
    },
    stopApiserver: () => stopUnit(layout, controlName, 'kube-apiserver'),
    async startApiserver() {
      await startUnits(layout, controlName, ['kube-apiserver']);
      await waitFor('the apiserver', () => isApiserverReady(layout, bin), { timeoutMs: 120_000 });
    },
    restartComponent: (component, machine) => restartComponent(layout, component, machine),
    async healAll() {
      for (const volume of [...filled]) volume.release();
      await startUnits(
        layout,
        controlName,
        controlUnits().map(({ name }) => name),
      );
      await faults.startApiserver();
      for (const node of layout.nodes) {
        await bootNode(layout, node, bin);
        await startNode(layout, node);
      }
      for (const node of layout.nodes) await untilReady(node.name);
    },
  };
  return faults;
}

/** Where a claim's content is seen from outside, on the host: the mounted file system itself. Throws when no node has it mounted. */
export async function mountedClaim(layout: Layout, bin: string, namespace: string, claim: string): Promise<string> {
  const read = async (args: readonly string[]) => (await kubectl(layout, bin, [...args, '-o', 'json'])).stdout;
  const { spec } = JSON.parse(await read(['-n', namespace, 'get', 'persistentvolumeclaim', claim]));
  const volume = JSON.parse(await read(['get', 'persistentvolume', spec.volumeName]));
  const path = volume.spec.local?.path as string | undefined;
  if (path === undefined) throw new ClusterError('no-path', `find claim ${claim}: it is no local volume`, '');
  if (!path.startsWith('/dev/')) return join(layout.volumes, spec.volumeName);
  const below = `/var/lib/kubelet/plugins/kubernetes.io/local-volume/mounts/${spec.volumeName}`;
  for (const node of layout.nodes) {
    const mounts = await runCommand('nsenter', [...enterFlags(layout, node.name, 'all'), 'cat', '/proc/self/mounts']);
    if (mounts.stdout.includes(` ${below} `)) return `/proc/${requireMachine(layout, node.name)}/root${below}`;
  }
  throw new ClusterError(
    'not-mounted',
    `find claim ${claim}: no node has it mounted`,
    'Start a pod that uses it first',
  );
}

/** Where the emptyDir of a pod is seen from outside, on the host; also while its node is cut off. `pod` is the object as it was. */
export function podVolume(
  layout: Layout,
  pod: { readonly metadata: { readonly uid: string }; readonly spec: { readonly nodeName: string } },
  volume: string,
): string {
  const below = `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/${volume}`;
  return `/proc/${requireMachine(layout, pod.spec.nodeName)}/root${below}`;
}

async function killContainerProcess(
  layout: Layout,
  bin: string,
  namespace: string,
  pod: string,
  container: string,
  signal = 'KILL',
): Promise<void> {
  const { stdout } = await kubectl(layout, bin, ['-n', namespace, 'get', 'pod', pod, '-o', 'json']);
  const { spec, status } = JSON.parse(stdout);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const id = statuses
    .find(({ name }: { name: string }) => name === container)
    ?.containerID?.replace('containerd://', '');
  if (id === undefined) throw new ClusterError('no-container', `kill ${pod}/${container}: it does not run`, '');
  const client = ['ctr', '--namespace', 'k8s.io', 'task', 'kill', '--signal', `SIG${signal}`, id];
  await runCommand('nsenter', [...enterFlags(layout, spec.nodeName, 'all'), ...client]);
}

async function restartComponent(layout: Layout, component: string, machine = controlName): Promise<void> {
  const known = (await unitStates(layout, machine)).some(({ name }) => name === component);
  if (!known) throw new ClusterError('no-component', `restart ${component}: ${machine} does not run it`, '');
  await stopUnit(layout, machine, component);
  await startUnits(layout, machine, [component]);
}

async function untilNodeReady(layout: Layout, bin: string, node: string): Promise<void> {
  const booted = (
    await runCommand('nsenter', [...enterFlags(layout, node, 'all'), 'cat', '/proc/sys/kernel/random/boot_id'])
  ).stdout;
  const ready = async () => {
    const { stdout } = await kubectl(layout, bin, ['get', 'node', node, '-o', 'json']);
    const { status } = JSON.parse(stdout);
    const condition = status.conditions.find(({ type }: { type: string }) => type === 'Ready');
    // The status of before the cut says Ready too; the boot it speaks of tells them apart.
    return condition?.status === 'True' && status.nodeInfo.bootID === booted.trim();
  };
  await waitFor(`${node} to be Ready`, ready, { timeoutMs: 120_000, everyMs: 500 });
}

/** A file without a name (O_TMPFILE) holds the space: no watcher sees it come, and it is gone with this process. */
function fill(path: string, leaveBytes: number, onRelease: () => void): FilledVolume {
  const unnamed = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;
  const file = openSync(path, unnamed, 0o600);
  let bytes = 0;
  for (let size = 1 << 20; size >= 4096; ) {
    try {
      bytes += writeSync(file, Buffer.alloc(size, 0xaa));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size /= 2;
    }
  }
  if (leaveBytes > 0) {
    bytes = Math.max(0, bytes - leaveBytes);
    ftruncateSync(file, bytes);
  }
  fsyncSync(file);
  let held = true;
  return {
    bytes,
    release() {
      if (held) closeSync(file);
      held = false;
      onRelease();
    },
  };
}
