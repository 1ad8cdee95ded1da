import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** The kernel's inotify limits for this user, and what is taken of them; undefined where the system doesn't say. */
export interface WatchLimits {
  readonly maxWatches: number | undefined;
  readonly maxInstances: number | undefined;
  readonly maxQueuedEvents: number | undefined;
  /** Watches and instances of all of this user's processes that may be looked at. */
  readonly watchesInUse: number;
  readonly instancesInUse: number;
}

/** Reads /proc: some milliseconds per hundred processes, so it is for a diagnosis and not for every scrape. */
export const probeWatchLimits = async (): Promise<WatchLimits> => {
  const used = await countInUse();
  return {
    maxWatches: readMaxWatches(),
    maxInstances: readNumber('/proc/sys/fs/inotify/max_user_instances'),
    maxQueuedEvents: readNumber('/proc/sys/fs/inotify/max_queued_events'),
    ...used,
  };
};

/** How many watches this user may have; the limit of a user namespace may be lower than the machine's. */
export const readMaxWatches = (): number | undefined => {
  const limits = ['/proc/sys/fs/inotify/max_user_watches', '/proc/sys/user/max_inotify_watches']
    .map(readNumber)
    .filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : limits.reduce((least, limit) => Math.min(least, limit));
};

const countInUse = async (): Promise<{ watchesInUse: number; instancesInUse: number }> => {
  let watchesInUse = 0;
  let instancesInUse = 0;
  const uid = process.getuid?.();
  for (const pid of await list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await read(`/proc/${pid}/status`);
    if (status === undefined || Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) !== uid) continue;
    for (const descriptor of await list(`/proc/${pid}/fdinfo`)) {
      const info = (await read(`/proc/${pid}/fdinfo/${descriptor}`)) ?? '';
      const watches = info.split('\n').filter((line) => line.startsWith('inotify wd:')).length;
      watchesInUse += watches;
      if (watches > 0) instancesInUse++;
    }
  }
  return { watchesInUse, instancesInUse };
};

const list = (path: string): Promise<string[]> => readdir(path).catch(() => []);
const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

const readNumber = (path: string): number | undefined => {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};
