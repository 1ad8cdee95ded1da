import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { History, type HistoryOptions } from './history.ts';
import type { HistorySettings } from './keep/history-bounds.ts';

/** Without settings there is none: what was kept before is of no use once changes are made that are not, and goes. */
export const openHistory = async (
  settings: HistorySettings | undefined,
  options: Omit<HistoryOptions, 'settings'>,
): Promise<History | undefined> => {
  if (settings) return History.open({ ...options, settings });
  const { directory, trash } = options;
  for (const name of await readdir(directory.history)) trash.takeDirectory(join(directory.history, name));
  return undefined;
};
