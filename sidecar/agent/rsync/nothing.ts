import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, Failure } from '../../../src/process/failure.ts';

/**
 * A directory of the agent's own in which nothing is. What is sent from there as missing a target deletes, also where the source has
 * something of that name which is not copied: rsync lists a FIFO, and takes away only what is not listed.
 * @throws Failure `Internal` where it can't be made, or something is in it: that would be sent instead
 */
export function directoryOfNothing(stateDir: string): string {
  const path = join(stateDir, 'nothing');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (readdirSync(path).length === 0) return path;
  } catch (cause) {
    throw new Failure('Internal', `make ${path}: ${errorMessage(cause)}`, {
      hint: 'make room there, or give the agent another state directory',
      cause,
    });
  }
  throw new Failure('Internal', `delete at a target: ${path} is not empty`, { hint: 'take away what is in it' });
}
