import { join } from 'node:path';
import { type CommandOptions, type CommandResult, runCommand, tryCommand } from './command.ts';
import { controlName, type Layout } from './layout.ts';
import { enterFlags } from './machine.ts';

/** The words that run kubectl as the cluster's administrator, in the control machine's network with the host's files. */
export function kubectlCommand(layout: Layout, bin: string): readonly string[] {
  const cache = join(layout.folder, 'kubectl-cache');
  const flags = ['--kubeconfig', layout.kubeconfig, '--cache-dir', cache];
  return ['nsenter', ...enterFlags(layout, controlName, 'network'), join(bin, 'kubectl'), ...flags];
}

/** Runs kubectl to its end. Throws ClusterError `command-failed` with what it said. */
export function kubectl(
  layout: Layout,
  bin: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program = '', ...words] = kubectlCommand(layout, bin);
  return runCommand(program, [...words, ...args], options);
}

/** True when the apiserver says that it is ready: by its status, for its text also says so while parts are not. */
export async function isApiserverReady(layout: Layout, bin: string): Promise<boolean> {
  const [program = '', ...words] = kubectlCommand(layout, bin);
  const { code } = await tryCommand(program, [...words, 'get', '--raw', '/readyz'], { timeoutMs: 5000 });
  return code === 0;
}
