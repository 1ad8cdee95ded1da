import { join } from 'node:path';
import { ClusterError } from './failure.ts';

/*
 *  host ─ no route, no listener ─────────────────────────────────────────────────────────────
 *    control (own namespaces)          node1 (own namespaces)          node2
 *      etcd apiserver …                  containerd kubelet kube-proxy   …
 *      bridge srep0 10.88.0.1 ──veth n1── eth0 10.88.0.11
 *                             ──veth n2───────────────────────────────── eth0 10.88.0.12
 *                                        bridge cni0 10.244.1.1/24       10.244.2.1/24
 *
 * Every cluster has the same addresses: they live in its own network namespaces, so two clusters never meet.
 */

/** The names and places of one cluster; nothing here touches the machine. */
export interface Layout {
  readonly name: string;
  readonly nodes: readonly NodeLayout[];
  /** All that the cluster keeps, one folder on the host, gone after `down`. */
  readonly folder: string;
  readonly pki: string;
  readonly kubeconfig: string;
  readonly stateFile: string;
  readonly lockFile: string;
  /** Claims' contents, one folder a volume; the same path in every machine is `/cluster/volumes`. */
  readonly volumes: string;
  /** Name of the cgroup that all of the cluster is in, below each controller's root. */
  readonly cgroup: string;
}

export interface NodeLayout {
  readonly name: string;
  readonly address: string;
  /** The pod range as its first three octets: `10.244.1`. */
  readonly podPrefix: string;
  /** The control machine's end of the link to this node. */
  readonly port: string;
}

export const controlName = 'control';
export const controlAddress = '10.88.0.1';
export const bridge = 'srep0';
export const podRange = '10.244.0.0/16';
export const serviceRange = '10.96.0.0/16';
export const apiService = '10.96.0.1';
export const dnsService = '10.96.0.10';
export const apiserverPort = 6443;
export const maximumNodes = 4;
export const defaultName = 'main';
export const clustersFolder = '/var/lib/syncreplica-e2e';

/** Paths inside a machine. */
export const inside = {
  bin: '/cluster/bin',
  pki: '/cluster/pki',
  config: '/cluster/config',
  log: '/cluster/log',
  run: '/cluster/run',
  volumes: '/cluster/volumes',
} as const;

/** The places of the cluster `name` with `nodes` nodes. Throws ClusterError `bad-name` or `bad-nodes`. */
export function layoutOf(name: string, nodes: number): Layout {
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(name)) {
    const hint = 'Use 1 to 16 of a-z, 0-9 and "-", beginning with a letter';
    throw new ClusterError('bad-name', `name the cluster: "${name}" is no name for one`, hint);
  }
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maximumNodes) {
    throw new ClusterError('bad-nodes', `count the nodes: "${nodes}" is not 1 to ${maximumNodes}`, 'Use --nodes 2');
  }
  const folder = join(clustersFolder, name);
  return {
    name,
    nodes: Array.from({ length: nodes }, (_, index) => nodeLayout(index + 1)),
    folder,
    pki: join(folder, 'pki'),
    kubeconfig: join(folder, 'kubeconfig'),
    stateFile: join(folder, 'cluster.json'),
    lockFile: join(clustersFolder, `.${name}.lock`),
    volumes: join(folder, 'volumes'),
    cgroup: `syncreplica-e2e-${name}`,
  };
}

/** The folder of one machine of the cluster on the host. */
export function machineFolder(layout: Layout, machine: string): string {
  return join(layout.folder, 'machines', machine);
}

/** The names of all machines, control first. */
export function machineNames(layout: Layout): readonly string[] {
  return [controlName, ...layout.nodes.map(({ name }) => name)];
}

/** The node's place by its name. Throws ClusterError `no-node`. */
export function nodeOf(layout: Layout, name: string): NodeLayout {
  const node = layout.nodes.find((candidate) => candidate.name === name);
  if (node !== undefined) return node;
  const known = layout.nodes.map((candidate) => candidate.name).join(', ');
  throw new ClusterError('no-node', `find node ${name}: cluster ${layout.name} has ${known}`, '');
}

function nodeLayout(number: number): NodeLayout {
  return {
    name: `node${number}`,
    address: `10.88.0.${10 + number}`,
    podPrefix: `10.244.${number}`,
    port: `n${number}`,
  };
}
