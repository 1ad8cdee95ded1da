import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildBinaries } from '../cluster/binaries.ts';
import { type CommandOptions, type CommandResult, tryCommand } from '../cluster/command.ts';
import { type CsiDriver, startCsi } from '../cluster/csi.ts';
import { ClusterError } from '../cluster/failure.ts';
import { type Faults, makeFaults, mountedClaim, podVolume } from '../cluster/faults.ts';
import { kubectlCommand } from '../cluster/kubectl.ts';
import { controlName, type Layout } from '../cluster/layout.ts';
import { enterFlags } from '../cluster/machine.ts';
import { type OutsideProgram, startOutside } from '../cluster/outside.ts';
import type { Progress } from '../cluster/progress.ts';
import { openCluster } from '../cluster/state.ts';
import type { KubeObject } from './scenario.ts';

/** The cluster that scenarios run on: one of our own, or any other by its kubeconfig. */
export interface Target {
  /** The layout of our own; undefined for another cluster. */
  readonly layout: Layout | undefined;
  readonly faults: Faults | undefined;
  kubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  helm(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  volumePath(namespace: string, claim: string): Promise<string>;
  emptyDirPath(pod: KubeObject, volume: string): string;
  outside(command: readonly string[]): OutsideProgram;
  startCsi(progress: Progress): Promise<CsiDriver>;
}

/** A cluster that `npm run cluster` started. */
export function ownTarget(name: string): Target {
  const { layout, state } = openCluster(name);
  const run = (command: readonly string[], options?: CommandOptions) =>
    tryCommand(command[0] ?? '', command.slice(1), options);
  return {
    layout,
    faults: makeFaults(layout, state.bin),
    kubectl: (args, options) => run([...kubectlCommand(layout, state.bin), ...args], options),
    helm: (args, options) => {
      const home = join(layout.folder, 'helm');
      const env = {
        ...options?.env,
        KUBECONFIG: layout.kubeconfig,
        HELM_CACHE_HOME: home,
        HELM_CONFIG_HOME: home,
        HELM_DATA_HOME: home,
      };
      const inNetwork = ['nsenter', ...enterFlags(layout, controlName, 'network')];
      return run([...inNetwork, join(state.bin, 'helm'), ...args], { ...options, env });
    },
    volumePath: (namespace, claim) => mountedClaim(layout, state.bin, namespace, claim),
    emptyDirPath: (pod, volume) => podVolume(layout, pod, volume),
    outside: (command) => startOutside(layout, command),
    startCsi: (progress) => startCsi(layout, state.bin, progress, process.env),
  };
}

/** Any other cluster. Its images must be pullable there, and nobody cuts its power. */
export async function otherTarget(kubeconfig: string, progress: Progress, env: NodeJS.ProcessEnv): Promise<Target> {
  if (!existsSync(kubeconfig)) {
    throw new ClusterError('no-kubeconfig', `read E2E_KUBECONFIG ${kubeconfig}: no such file`, 'Name a kubeconfig');
  }
  const bin = await buildBinaries(progress, env, ['kubectl', 'helm']);
  const run = (program: string, args: readonly string[], options?: CommandOptions) =>
    tryCommand(join(bin, program), args, { ...options, env: { ...options?.env, KUBECONFIG: kubeconfig } });
  return {
    layout: undefined,
    faults: undefined,
    kubectl: (args, options) => run('kubectl', args, options),
    helm: (args, options) => run('helm', args, options),
    volumePath: () => Promise.reject(notOurs('look into a volume')),
    emptyDirPath() {
      throw notOurs('look into a volume');
    },
    outside() {
      throw notOurs('run a program beside it');
    },
    startCsi: () => Promise.reject(notOurs('start a CSI driver')),
  };
}

/** The error of a fault asked for on a cluster that is not ours. */
export function notOurs(what: string): ClusterError {
  return new ClusterError(
    'not-ours',
    `${what}: only a cluster of our own can do that`,
    'Say needsFaults in the scenario',
  );
}
