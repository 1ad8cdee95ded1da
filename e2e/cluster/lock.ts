import { accessSync, constants, linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClusterError } from './failure.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { waitFor } from './wait.ts';

/**
 * Does `work` while no other process works on the same cluster. A lock whose owner was killed is taken over.
 * Throws ClusterError `busy` when another holds it.
 */
export async function withLock<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  makeFolder(dirname(path));
  take(path, what);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
    removeIfEmpty(dirname(path));
  }
}

/** The same for work that is short: waits up to `timeoutMs` for another to be through with it. */
export async function withLockWaiting<T>(
  path: string,
  what: string,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<T> {
  makeFolder(dirname(path));
  const taken = async () => {
    take(path, what);
    return true;
  };
  await waitFor(`the lock of "${what}"`, taken, { timeoutMs, everyMs: 200 });
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new ClusterError('not-root', `write ${folder}: clusters belong to root`, 'Run it as root', cause);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // a cluster is there, or another's lock
  }
}

function take(path: string, what: string): void {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ ...identify(process.pid), what }));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(mine, path); // fails when it exists: of two only one gets it
        return;
      } catch (error) {
        const owner = readOwner(path);
        if (owner !== undefined && isRunning(owner)) throw busy(owner, error);
        rmSync(path, { force: true });
      }
    }
    throw new ClusterError('busy', `lock ${path}: others keep taking it`, 'Try again');
  } finally {
    rmSync(mine, { force: true });
  }
}

function busy(owner: ProcessIdentity & { what: string }, cause: unknown): ClusterError {
  const hint = 'Wait for it, or choose another cluster with --name';
  return new ClusterError('busy', `lock the cluster: process ${owner.pid} is at "${owner.what}"`, hint, cause);
}

function readOwner(path: string): (ProcessIdentity & { what: string }) | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
