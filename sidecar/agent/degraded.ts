import type { ChangeSourceStats } from './watch/change-source.ts';

/** What limits the watch, each with what to do about it. */
export function describeLimits(stats: ChangeSourceStats | undefined): string[] {
  if (stats === undefined) return [];
  const said: string[] = [];
  const { watchLimit, watchedDirectories, overflows } = stats;
  if (watchLimit !== undefined && watchedDirectories >= watchLimit * 0.9) {
    said.push(
      `${watchedDirectories} directories are watched of ${watchLimit} allowed; raise fs.inotify.max_user_watches on the node`,
    );
  }
  if (overflows > 0) {
    said.push(
      `the kernel dropped events ${overflows} times, each was mended by a full pass; raise fs.inotify.max_queued_events on the node`,
    );
  }
  if (stats.unreadable.count > 0) {
    said.push(
      `${stats.unreadable.count} directories can't be read; give the agent's user access, or use access: Elevated`,
    );
  }
  return said;
}
