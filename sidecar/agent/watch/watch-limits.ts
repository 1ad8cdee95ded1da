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
  // The limit in a user namespace may be lower than the machine's.
  const [watches, inNamespace, instances, queue] = await Promise.all([
    readNumber('/proc/sys/fs/inotify/max_user_watches'),
    readNumber('/proc/sys/user/max_inotify_watches'),
    readNumber('/proc/sys/fs/inotify/max_user_instances'),
    readNumber('/proc/sys/fs/inotify/max_queued_events'),
  ]);
  const maxWatches = [watches, inNamespace].filter((limit) => limit !== undefined);
  return {
    maxWatches: maxWatches.length === 0 ? undefined : Math.min(...maxWatches),
    maxInstances: instances,
    maxQueuedEvents: queue,
    ...used,
  };
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

const readNumber = async (path: string): Promise<number | undefined> => {
  const text = await read(path);
  return text === undefined ? undefined : Number(text);
};
