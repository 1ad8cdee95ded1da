import { statfs } from 'node:fs/promises';
import type { ChangeSource } from './change-source.ts';
import { chooseSource, remoteFileSystemOf, type SourceChoice } from './choose-source.ts';
import type { SourceOptions } from './source-options.ts';

/** Between two looks at everything, where events can't be trusted. */
const pollingIntervalMs = 2000;

/** The source that suits the root's file system, not yet open. A root that isn't there yet is taken for a local one. */
export const createChangeSource = async (
  options: SourceOptions & { readonly override?: SourceChoice | undefined },
): Promise<ChangeSource> => {
  const statfsType = await statfs(options.root).then(
    ({ type }) => Number(type),
    () => undefined,
  );
  const choice = chooseSource({ platform: process.platform, statfsType, override: options.override });
  const fileSystem = statfsType === undefined ? undefined : remoteFileSystemOf(statfsType);
  options.logger?.info({ choice, statfsType, fileSystem }, 'change source chosen');
  // Loaded when chosen: the other one's memory isn't paid for.
  if (choice === 'inotify') return (await import('./inotify/inotify.ts')).createInotifySource(options);
  if (choice === 'polling') {
    return (await import('./polling/polling.ts')).createPollingSource({ ...options, intervalMs: pollingIntervalMs });
  }
  return (await import('./polling/chokidar.ts')).createChokidarSource(options);
};
