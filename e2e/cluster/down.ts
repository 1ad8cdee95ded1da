import { rm } from 'node:fs/promises';
import { findHierarchies, removeCgroup } from './cgroups.ts';
import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { type Layout, layoutOf, machineNames, maximumNodes } from './layout.ts';
import { findLeaks, loopDevices, namespacesOf, processesOf } from './leaks.ts';
import { withLock } from './lock.ts';
import { cutPower, killNow } from './machine.ts';
import type { Progress } from './progress.ts';
import { waitFor } from './wait.ts';

/**
 * Ends the cluster of this name and removes all of it, then proves that nothing is left.
 * One that is not there, half there or killed is no problem. Throws ClusterError `leak` with what is still there.
 */
export async function takeDown(name: string, progress: Progress): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new ClusterError('not-root', 'take the cluster down: its nodes belong to root', 'Run it as root');
  }
  // Whatever its number of nodes was: a half-started one may not have said so.
  const layout = layoutOf(name, maximumNodes);
  await withLock(layout.lockFile, 'down', () => progress.step(`take cluster ${name} down`, () => removeAll(layout)));
}

async function removeAll(layout: Layout): Promise<void> {
  const namespaces = namespacesOf(layout);
  await Promise.all(machineNames(layout).map((name) => cutPower(layout, name)));
  const ended = async () => {
    const left = processesOf(layout, namespaces);
    for (const pid of left) killNow(pid);
    return left.length === 0;
  };
  await waitFor('the processes of the cluster to end', ended, { timeoutMs: 20_000, everyMs: 50 });
  for (const device of await loopDevices(layout))
    await runCommand('losetup', ['--detach', device], { okCodes: [0, 1] });
  await removeCgroup(layout.cgroup, findHierarchies());
  await rm(layout.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  let leaks: readonly string[] = [];
  const clean = async () => {
    leaks = await findLeaks(layout, namespaces);
    return leaks.length === 0;
  };
  await waitFor('nothing to be left', clean, { timeoutMs: 20_000, everyMs: 100 }).catch((cause) => {
    const hint = 'Run it again; if it stays, end or unmount these by hand';
    throw new ClusterError('leak', `take cluster ${layout.name} down: left behind: ${leaks.join('; ')}`, hint, cause);
  });
}
