import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type CommandResult, runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { type Layout, machineFolder } from './layout.ts';
import { machinePid, requireMachine } from './machine.ts';
import { waitFor } from './wait.ts';

/** Loads image archives (docker-archive or OCI archive) into the containerd of one node. */
export async function loadIntoNode(layout: Layout, node: string, archives: readonly string[]): Promise<void> {
  for (const archive of archives) {
    if (existsSync(archive)) continue;
    throw new ClusterError(
      'no-archive',
      `load ${archive}: no such file`,
      'Name an image archive (docker-archive or OCI archive)',
    );
  }
  await untilContainerd(layout, node);
  for (const archive of archives) await ctrCommand(layout, node, ['images', 'import', archive]);
}

/** Loads image archives into every node that runs. */
export async function loadIntoNodes(layout: Layout, archives: readonly string[]): Promise<void> {
  const running = layout.nodes.filter(({ name }) => machinePid(layout, name) !== undefined);
  await Promise.all(running.map(({ name }) => loadIntoNode(layout, name, archives)));
}

/** The images that a node has, by name. */
export async function imagesOfNode(layout: Layout, node: string): Promise<readonly string[]> {
  const { stdout } = await ctrCommand(layout, node, ['images', 'list', '--quiet']);
  return stdout.split('\n').filter((name) => name !== '');
}

/** Waits until the node's containerd answers. */
export async function untilContainerd(layout: Layout, node: string): Promise<void> {
  const hint = `See ${join(machineFolder(layout, node), 'log', 'containerd.log')}`;
  const answers = async () => (await ctrCommand(layout, node, ['version'])).code === 0;
  await waitFor(`containerd on ${node}`, answers, { timeoutMs: 60_000, everyMs: 100, hint });
}

/** Runs containerd's own client for a node; `input` is a stream for its standard input. */
export function ctrCommand(
  layout: Layout,
  node: string,
  args: readonly string[],
  input?: Readable,
): Promise<CommandResult> {
  // The client runs outside, where the archive is; the socket is reached through the machine's root.
  const address = `/proc/${requireMachine(layout, node)}/root/run/containerd/containerd.sock`;
  const words = ['--address', address, '--namespace', 'k8s.io', ...args];
  return runCommand('ctr', words, input === undefined ? {} : { input });
}
