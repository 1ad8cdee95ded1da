import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineFolder, machineNames } from '../cluster/layout.ts';
import type { Target } from './target.ts';

const ofEveryNamespace: Readonly<Record<string, readonly string[]>> = {
  'objects.yaml': ['get', 'all,configmaps,persistentvolumeclaims,endpointslices,leases', '-o', 'yaml'],
  'overview.txt': ['get', 'all,persistentvolumeclaims', '-o', 'wide'],
  'events.txt': ['get', 'events', '--sort-by=.lastTimestamp', '-o', 'wide'],
  'describe-pods.txt': ['describe', 'pods'],
  'describe-claims.txt': ['describe', 'persistentvolumeclaims'],
};

const ofTheCluster: Readonly<Record<string, readonly string[]>> = {
  'nodes.txt': ['describe', 'nodes'],
  'pods.txt': ['get', 'pods', '--all-namespaces', '-o', 'wide'],
  'volumes.yaml': ['get', 'persistentvolumes,storageclasses', '-o', 'yaml'],
  'webhooks.yaml': ['get', 'mutatingwebhookconfigurations,validatingwebhookconfigurations', '-o', 'yaml'],
};

/**
 * Writes what a person needs to understand a failure into `folder`: objects, events, descriptions and every container's
 * log (the one before too) of the namespaces, and the logs of the cluster's own programs. What can't be read says why.
 */
export async function collectEvidence(
  target: Target,
  namespaces: readonly string[],
  folder: string,
  failure: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'failure.txt'), `${failure}\n`);
  await writeAll(target, folder, ofTheCluster, []);
  for (const namespace of namespaces) {
    const place = join(folder, namespace);
    mkdirSync(place, { recursive: true });
    await writeAll(target, place, ofEveryNamespace, ['--namespace', namespace]);
    await writePodLogs(target, namespace, place);
  }
  if (target.layout === undefined) return;
  for (const machine of machineNames(target.layout)) {
    const logs = join(machineFolder(target.layout, machine), 'log');
    if (existsSync(logs)) cpSync(logs, join(folder, 'machines', machine), { recursive: true });
  }
}

async function writeAll(
  target: Target,
  folder: string,
  wanted: Readonly<Record<string, readonly string[]>>,
  where: readonly string[],
): Promise<void> {
  for (const [file, args] of Object.entries(wanted)) {
    writeFileSync(
      join(folder, file),
      await read(target, [...args, ...where, '--ignore-not-found'].filter(isFor(args))),
    );
  }
}

/** `describe` knows no --ignore-not-found. */
function isFor(args: readonly string[]): (word: string) => boolean {
  return (word) => args[0] === 'get' || word !== '--ignore-not-found';
}

async function writePodLogs(target: Target, namespace: string, folder: string): Promise<void> {
  const list = await target.kubectl(['get', 'pods', '--namespace', namespace, '-o', 'json', '--request-timeout=20s']);
  if (list.code !== 0) return;
  for (const pod of JSON.parse(list.stdout).items) {
    const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
    for (const { name } of [...initContainers, ...containers, ...ephemeralContainers]) {
      const log = ['logs', '--namespace', namespace, pod.metadata.name, '--container', name, '--timestamps'];
      const path = join(folder, `${pod.metadata.name}_${name}`);
      writeFileSync(`${path}.log`, await read(target, log));
      const before = await target.kubectl([...log, '--previous', '--request-timeout=20s'], { timeoutMs: 30_000 });
      if (before.code === 0) writeFileSync(`${path}.previous.log`, before.stdout);
    }
  }
}

async function read(target: Target, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await target.kubectl([...args, '--request-timeout=20s'], { timeoutMs: 60_000 });
  return code === 0 ? stdout : `${stdout}\nkubectl ${args.join(' ')}: exit ${code}: ${stderr}`;
}
