import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { areBuilt, buildBinaries, cacheFolder } from './binaries.ts';
import { findHierarchies } from './cgroups.ts';
import { controlUnits, nodeUnits } from './component-flags.ts';
import { ClusterError } from './failure.ts';
import { healLink } from './faults-link.ts';
import { isApiserverReady, kubectl } from './kubectl.ts';
import { controlName, type Layout, layoutOf, machineFolder, type NodeLayout } from './layout.ts';
import { loadIntoNode } from './load-image.ts';
import { withLock } from './lock.ts';
import { bootMachine, startUnits } from './machine.ts';
import { connectControl, connectNode } from './network.ts';
import { nodeFiles } from './node-files.ts';
import { controlFiles, makePki, nodeIdentityFiles } from './pki.ts';
import { mayLowerOomScore, requireDisk, requireMachineFit } from './prerequisites.ts';
import { programs } from './programs.ts';
import type { Progress } from './progress.ts';
import { readState, writeState } from './state.ts';
import { buildSystemImages, pauseImage } from './system-images.ts';
import { waitFor } from './wait.ts';

/** A cluster as it is wanted. `nodes` undefined: as many as it has, 2 for a new one. */
export interface UpOptions {
  readonly name: string;
  readonly nodes?: number | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

const manifests = join(import.meta.dirname, 'manifests');

/**
 * Brings the cluster up and returns once a pod on its last node was answered by one on its first through a Service by
 * DNS name. Whatever is there already, whole or half, running or killed, is kept and completed; faults are healed.
 */
export async function bringUp(options: UpOptions): Promise<Layout> {
  const { env, progress } = options;
  layoutOf(options.name, options.nodes ?? 2); // a bad name or number is said before minutes of building
  await requireMachineFit(progress, env);
  requireDisk(cacheFolder(env), areBuilt(allPrograms, env) ? 2 : 10);
  const built = await buildBinaries(progress, env);
  const archives = await buildSystemImages(progress, env, built);
  const lock = layoutOf(options.name, 1).lockFile;
  return withLock(lock, 'up', () =>
    progress.step(`start cluster ${options.name}`, async () => {
      const layout = layoutOf(options.name, nodesWanted(options));
      requireDisk(layout.folder, 2);
      await startAll(layout, built, archives, progress);
      writeState(layout, { nodes: layout.nodes.length, bin: built, ready: true });
      return layout;
    }),
  );
}

const allPrograms = programs.map(({ name }) => name);

function nodesWanted(options: UpOptions): number {
  const has = readState(layoutOf(options.name, 1))?.nodes;
  if (has === undefined || options.nodes === undefined || has === options.nodes) return options.nodes ?? has ?? 2;
  const hint = `Take it down first (npm run cluster -- down), or choose another with --name`;
  throw new ClusterError('other-nodes', `start cluster ${options.name}: it has ${has} nodes already`, hint);
}

async function startAll(layout: Layout, bin: string, archives: readonly string[], progress: Progress): Promise<void> {
  writeState(layout, { nodes: layout.nodes.length, bin, ready: false });
  await progress.step('certificates and machines', async () => {
    await makePki(layout);
    await bootMachine(layout, controlName, bin, controlUnits(), controlFiles(layout));
    await connectControl(layout);
    for (const node of layout.nodes) await bootNode(layout, node, bin);
  });
  await Promise.all([
    progress.step('control plane', () => startControlPlane(layout, bin)),
    ...layout.nodes.map(async (node) => {
      await startUnits(layout, node.name, ['containerd']);
      await loadIntoNode(layout, node.name, archives);
    }),
  ]);
  await progress.step('nodes', () => startNodes(layout, bin));
  await progress.step('a pod answers through a Service by its DNS name', () => probe(layout, bin));
}

/** Boots a node and hangs it on the network; one that runs keeps running and loses the faults of its link. */
export async function bootNode(layout: Layout, node: NodeLayout, bin: string): Promise<void> {
  const facts = {
    cgroupVersion: findHierarchies().version,
    cgroupRoot: `/${layout.cgroup}/${node.name}/pods`,
    pauseImage,
    mayLowerOomScore: mayLowerOomScore(),
  };
  const files = { ...nodeFiles(node, facts), ...nodeIdentityFiles(layout, node) };
  await bootMachine(layout, node.name, bin, nodeUnits(node), files);
  await connectNode(layout, node);
  await healLink(layout, node.name);
}

/** Starts what a booted node runs; what runs already stays as it is. */
export function startNode(layout: Layout, node: NodeLayout): Promise<void> {
  return startUnits(
    layout,
    node.name,
    nodeUnits(node).map(({ name }) => name),
  );
}

async function startControlPlane(layout: Layout, bin: string): Promise<void> {
  await startUnits(layout, controlName, ['etcd', 'kube-apiserver']);
  const hint = `See ${join(machineFolder(layout, controlName), 'log', 'kube-apiserver.log')}`;
  // The others must not start before RBAC is there: they would be refused and give up.
  await waitFor('the apiserver', () => isApiserverReady(layout, bin), { timeoutMs: 120_000, hint });
  await startUnits(
    layout,
    controlName,
    controlUnits().map(({ name }) => name),
  );
  await applyManifest(layout, bin, readManifest('cluster.yaml'));
}

async function startNodes(layout: Layout, bin: string): Promise<void> {
  for (const node of layout.nodes) await startNode(layout, node);
  await applyManifest(layout, bin, readManifest('coredns.yaml'));
  const names = layout.nodes.map((node) => node.name);
  await waitFor(
    `${names.join(' and ')} to be registered`,
    async () => (await kubectl(layout, bin, ['get', 'nodes', ...names])).code === 0,
    { timeoutMs: 60_000, hint: `See ${join(machineFolder(layout, names[0] ?? ''), 'log', 'kubelet.log')}` },
  );
  await kubectl(layout, bin, [
    'wait',
    '--for=condition=Ready',
    '--timeout=120s',
    ...names.map((name) => `node/${name}`),
  ]);
}

/** The proof that pods run, Services lead to them, DNS knows them and both nodes reach each other. */
async function probe(layout: Layout, bin: string): Promise<void> {
  const namespace = `syncreplica-e2e-probe-${Date.now().toString(36)}`;
  const text = readManifest('probe.yaml')
    .replaceAll('syncreplica-e2e-probe', namespace)
    .replaceAll('FIRST_NODE', layout.nodes[0]?.name ?? '')
    .replaceAll('LAST_NODE', layout.nodes.at(-1)?.name ?? '');
  const rollout = ['-n', 'kube-system', 'rollout', 'status', 'daemonset/coredns', '--timeout=120s'];
  try {
    // The namespace gets its service account a moment after it is made, and no pod is admitted before.
    await Promise.all([applyManifest(layout, bin, text), kubectl(layout, bin, rollout)]);
    await kubectl(layout, bin, ['-n', namespace, 'wait', '--for=condition=Ready', '--timeout=120s', 'pod', '--all']);
    const ask = [
      '-n',
      namespace,
      'exec',
      'client',
      '--',
      '/program',
      'get',
      `http://server.${namespace}.svc.cluster.local/`,
    ];
    const answered = async () => (await kubectl(layout, bin, ask)).stdout.trim() === 'server';
    await waitFor('the answer of a Service', answered, { timeoutMs: 60_000 });
  } finally {
    await kubectl(layout, bin, ['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  }
}

async function applyManifest(layout: Layout, bin: string, text: string): Promise<void> {
  const apply = async () => (await kubectl(layout, bin, ['apply', '-f', '-'], { input: text })).code === 0;
  await waitFor('the apiserver to take a manifest', apply, { timeoutMs: 60_000 });
}

function readManifest(file: string): string {
  return readFileSync(join(manifests, file), 'utf8');
}
