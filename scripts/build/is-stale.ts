import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const inputs = ['src', 'sidecar', 'package-lock.json', 'scripts/build'];

const newest = (path: string): number => {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
};

/** Whether a source is newer than what was built of it, or nothing was. */
export const isStale = (built: string): boolean => {
  const stats = statSync(built, { throwIfNoEntry: false });
  return stats === undefined || inputs.some((input) => newest(input) > stats.mtimeMs);
};
