import { lstatSync } from 'node:fs';
import { errorCode } from '../../src/process/failure.ts';

/**
 * When the source became what it is at a path: its ctime; of what is not there that of the nearest directory above.
 * `path` is a binary string. @returns ms since the epoch
 */
export function changedAtMs(source: string, path: string): number {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    try {
      return lstatSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from(at, 'latin1')])).ctimeMs;
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error)) || at === '') throw error;
    }
  }
}
