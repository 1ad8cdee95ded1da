import type { RelPath } from '../changes/change.ts';
import type { ChangeSource } from './change-source.ts';

/**
 * Why changes below some directories raise no event now.
 * - `WatchLimit`: no watch is left (fs.inotify.max_user_watches), nor memory for one;
 * - `NoInstance`: no inotify instance is left, so nothing is watched by events;
 * - `Unreadable`: this user may not read it, or the file system fails;
 * - `SeenTwice`: it is also at another path (a bind mount), and events come under that one only;
 * - `MountLost`: the file system that was mounted there is gone;
 * - `Walking`: it is new, or events were lost, and the walk that watches it goes on;
 * - `Stale`: it is looked at now and then, and the last look is longer ago than it should be;
 * - `NotOpen`: the root is gone, or its watch is being opened.
 */
export type NotWatchedReason =
  | 'WatchLimit'
  | 'NoInstance'
  | 'Unreadable'
  | 'SeenTwice'
  | 'MountLost'
  | 'Walking'
  | 'Stale'
  | 'NotOpen';

/** Directories that are not watched for one reason; with up to `maxSamples` of their paths. */
export interface NotWatched {
  readonly reason: NotWatchedReason;
  /** At least so many: what lies below them is not known. */
  readonly count: number;
  readonly samples: readonly RelPath[];
}

const maxSamples = 10;

/** One entry for each reason that there is, in the order in which it was first met. */
export const countNotWatched = (found: Iterable<readonly [RelPath, NotWatchedReason]>): NotWatched[] => {
  const byReason = new Map<NotWatchedReason, { reason: NotWatchedReason; count: number; samples: RelPath[] }>();
  for (const [path, reason] of found) {
    const one = byReason.get(reason) ?? { reason, count: 0, samples: [] };
    byReason.set(reason, one);
    one.count += 1;
    if (one.samples.length < maxSamples) one.samples.push(path);
  }
  return [...byReason.values()];
};

const nothing = { count: 0, samples: [] } as const;

/** What is known for one reason. */
export const notWatchedFor = (
  all: readonly NotWatched[],
  reason: NotWatchedReason,
): { readonly count: number; readonly samples: readonly RelPath[] } =>
  all.find((one) => one.reason === reason) ?? nothing;

const words: Readonly<Record<Exclude<NotWatchedReason, 'Walking'>, string>> = {
  WatchLimit: 'have no watch left (fs.inotify.max_user_watches)',
  NoInstance: 'have no inotify instance left (fs.inotify.max_user_instances)',
  Unreadable: "can't be read",
  SeenTwice: 'are also at another path, which alone tells of changes',
  Stale: 'were not looked at for too long: the file system does not answer',
  MountLost: 'had a file system mounted that is gone; mount it again, or remove the directory',
  NotOpen: 'are not watched: the root is gone, or its watch is being opened',
};

/** What is not watched, in a sentence; undefined when all is. What is being walked is about to be, and found things are owed. */
export function describeNotWatched(all: readonly NotWatched[]): string | undefined {
  const said = all.flatMap(({ reason, count }) =>
    reason === 'Walking' ? [] : [`${count} directories ${words[reason]}`],
  );
  return said.length === 0 ? undefined : said.join('; ');
}

/** What a replicator has to know of the watch: what is not watched, and how old a change may be that nobody told of, ms; and that names which it found are seen. */
export const watchFacts = (
  watch: Pick<ChangeSource, 'stats'> & { untilSeen(paths: readonly RelPath[]): Promise<void> },
) => ({
  untilSeen: (paths: readonly RelPath[]) => watch.untilSeen(paths),
  notWatched: () => describeNotWatched(watch.stats().notWatched),
  unseenMs: () => watch.stats().unseenMs ?? 0,
});
