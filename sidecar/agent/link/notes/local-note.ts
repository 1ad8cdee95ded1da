import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RsyncdTarget } from '../../../../src/api/settings/replication-settings.ts';
import { errorMessage, Failure } from '../../../../src/process/failure.ts';
import { isShortage } from '../../../../src/process/shortage.ts';

/** The note for a target that keeps none itself: a file of the agent's, which a restart on the same machine finds again. */
export interface LocalNote {
  /** null where there is none. @throws where no file can be opened for now */
  read(): string | null;
  /** @throws when the state directory can't be written */
  write(text: string): void;
}

export function localNote(
  stateDir: string,
  { host, port, module }: Pick<RsyncdTarget, 'host' | 'port' | 'module'>,
): LocalNote {
  const name = createHash('sha256')
    .update(JSON.stringify([host, port, module]))
    .digest('hex')
    .slice(0, 16);
  const file = join(stateDir, `note-${name}.json`);
  return {
    read() {
      try {
        return readFileSync(file, 'utf8');
      } catch (error) {
        // That it can't be opened for now says nothing of it: it would be written over.
        if (isShortage(error)) throw error;
        return null;
      }
    },
    write(text) {
      // A reader finds the one or the other, never half of it.
      try {
        writeFileSync(`${file}.new`, text, { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch (cause) {
        const hint = 'make room there, or give the agent another state directory';
        throw new Failure('Internal', `write the note of a target in ${stateDir}: ${errorMessage(cause)}`, {
          hint,
          cause,
        });
      }
    },
  };
}
