import type { Limit } from '../../protocol/agent-status.ts';
import type { ChangeSourceStats } from '../watch/change-source.ts';
import { notWatchedFor } from '../watch/not-watched.ts';

/** What limits the watch, each with what to do about it; what was mended already comes last. */
export function describeLimits(stats: ChangeSourceStats): Limit[] {
  const said: Limit[] = [];
  const { watchLimit, watchedDirectories, overflows, notWatched } = stats;
  const limited = notWatchedFor(notWatched, 'WatchLimit');
  const unreadable = notWatchedFor(notWatched, 'Unreadable');
  if (limited.count > 0) {
    said.push({
      reason: 'WatchLimitReached',
      message: `${limited.count} directories have no watch (${watchedDirectories} have one, ${watchLimit ?? 'no'} limit) and are only compared now and then; raise fs.inotify.max_user_watches on the node`,
    });
  }
  if (notWatched.some(({ reason }) => reason === 'NoInstance')) {
    said.push({
      reason: 'WatchLimitReached',
      message:
        'no inotify instance is left, so nothing is watched by events; raise fs.inotify.max_user_instances on the node',
    });
  }
  if (unreadable.count > 0) {
    said.push({
      reason: 'UnreadableFiles',
      message: `${unreadable.count} directories can't be read; give the agent's user access, or use access: Elevated`,
    });
  }
  if (overflows > 0) {
    said.push({
      reason: 'QueueOverflow',
      message: `the kernel dropped events ${overflows} times, each was mended by a full pass; raise fs.inotify.max_queued_events on the node`,
    });
  }
  return said;
}
