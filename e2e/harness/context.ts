import type { CommandOptions, CommandResult } from '../cluster/command.ts';
import type { CsiDriver } from '../cluster/csi.ts';
import { ClusterError } from '../cluster/failure.ts';
import type { Progress } from '../cluster/progress.ts';
import { toolImage } from '../cluster/project-images.ts';
import { waitFor } from '../cluster/wait.ts';
import type { Context, KubeObject, OtherCluster } from './scenario.ts';
import { notOurs, type Target } from './target.ts';

/** The label of every namespace that a scenario made; its value is the scenario's name. */
export const scenarioLabel = 'e2e.syncreplica.io/scenario';

const otherHint = 'Say needsOther in the scenario';

/** A scenario's context, and what the runner needs to know of it afterwards. */
export interface ContextHandle {
  readonly context: Context;
  readonly namespaces: readonly string[];
  /** Ends the CSI driver that it started, if it did. */
  stopCsi(): Promise<void>;
}

/** Makes the context of one scenario on a cluster. */
export function makeContext(
  scenario: string,
  target: Target,
  nodes: readonly string[],
  progress: Progress,
  other?: OtherCluster,
): ContextHandle {
  const namespaces: string[] = [];
  let csi: CsiDriver | undefined;
  const kubectl = (args: readonly string[], options?: CommandOptions) =>
    run('kubectl', args, target.kubectl(args, options));
  const inside = (namespace: string | undefined) => (namespace === undefined ? [] : ['--namespace', namespace]);
  const context: Context = {
    nodes,
    toolImage,
    get other() {
      if (other === undefined) throw new ClusterError('no-other', 'use another cluster: there is none', otherHint);
      return other;
    },
    get faults() {
      if (target.faults === undefined) throw notOurs('make a fault');
      return target.faults;
    },
    kubectl,
    tryKubectl: (args, options) => target.kubectl(args, options),
    helm: (args, options) => run('helm', args, target.helm(args, options)),
    volumePath: (namespace, claim) => target.volumePath(namespace, claim),
    emptyDirPath: (pod, volume) => target.emptyDirPath(pod, volume),
    outside: (command) => target.outside(command),
    async startCsi() {
      csi = await target.startCsi(progress);
      return csi;
    },
    log: progress.say,
    step: (what, work) => progress.step(what, work),
    waitFor: (what, look, timeoutMs = 120_000) => waitFor(what, look, { timeoutMs, everyMs: 300 }),
    async namespace(labels = {}) {
      const name = `${scenario}-${Date.now().toString(36)}${namespaces.length}`;
      const metadata = { name, labels: { ...labels, [scenarioLabel]: scenario } };
      namespaces.push(name);
      await context.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
      // No pod is admitted before the namespace has its service account.
      const account = () => context.get('serviceaccount', 'default', name);
      await context.waitFor(`the service account of ${name}`, account);
      return name;
    },
    async apply(manifest, namespace) {
      const words = [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--field-manager=e2e',
        ...inside(namespace),
        '-f',
        '-',
      ];
      await kubectl(words, { input: textOf(manifest) });
    },
    async get(kind, name, namespace) {
      const text = await kubectl(['get', kind, name, ...inside(namespace), '--ignore-not-found', '-o', 'json']);
      return text.trim() === '' ? undefined : JSON.parse(text);
    },
    async list(kind, namespace, selector) {
      const chosen = selector === undefined ? [] : ['--selector', selector];
      const where = namespace === undefined ? ['--all-namespaces'] : inside(namespace);
      return JSON.parse(await kubectl(['get', kind, ...where, ...chosen, '-o', 'json'])).items;
    },
    exec: (where, command, options) =>
      kubectl(['exec', ...inside(where.namespace), where.pod, '-c', where.container, '--', ...command], options),
  };
  return { context, namespaces, stopCsi: async () => csi?.stop() };
}

function textOf(manifest: string | KubeObject | readonly KubeObject[]): string {
  if (typeof manifest === 'string') return manifest;
  const items = Array.isArray(manifest) ? manifest : [manifest];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

async function run(program: string, args: readonly string[], running: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-8).join('\n');
  throw new ClusterError('command-failed', `run ${program} ${args.join(' ').slice(0, 300)}: exit ${code}: ${said}`, '');
}
