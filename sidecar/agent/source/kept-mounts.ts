import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { RelPath } from '../changes/change.ts';

/** Where it is written down what is mounted below a source: who is started while one of these is gone has never seen it. */
export interface KeptMounts {
  /** @returns none where nothing is known */
  read(): readonly RelPath[];
  write(mounts: readonly RelPath[]): void;
}

/** In a file of the state directory; where that can't be used what went between two lives is not missed. `source` is absolute. */
export function keepMounts(stateDir: string, source: string, logger: Logger): KeptMounts {
  const file = join(stateDir, 'mounts.json');
  return {
    read: () => {
      try {
        const kept = JSON.parse(readFileSync(file, 'utf8')) as { source: string; mounts: readonly RelPath[] };
        return kept.source === source ? kept.mounts : [];
      } catch (err) {
        if (errorCode(err) !== 'ENOENT') logger.warn({ err, file }, 'what was mounted in the source can not be read');
        return [];
      }
    },
    write: (mounts) => {
      try {
        writeFileSync(`${file}.new`, JSON.stringify({ source, mounts }), { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch (err) {
        logger.warn({ err, file }, 'what is mounted in the source can not be noted');
      }
    },
  };
}
