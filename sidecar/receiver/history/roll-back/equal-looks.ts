import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../../../src/process/failure.ts';
import type { VolumeDirectory } from '../../volume/volume-directory.ts';
import { attributesOf, LookBefore } from '../keep/look-before.ts';
import { setAttributes } from './set-attributes.ts';

type Directory = Pick<VolumeDirectory, 'state' | 'data'>;

const fileOf = ({ state }: Directory): string => join(state, 'equal-looks');

/** Files that are rolled back may look like the source's: a comparison by size and time would not see it. */
export const noteEqualLooks = (directory: Directory, paths: readonly string[]): void => {
  const lines = paths.map((path) => `${Buffer.from(path, 'latin1').toString('base64url')}\n`);
  appendFileSync(fileOf(directory), lines.join(''), { mode: 0o600, flush: true });
  const state = openSync(directory.state, 'r');
  try {
    fsyncSync(state);
  } finally {
    closeSync(state);
  }
};

/** Gives such files another time, before a writer compares. */
export const showEqualLooks = async (directory: Directory): Promise<void> => {
  const text = await readFile(fileOf(directory), 'latin1').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;
  const look = new LookBefore(directory.data);
  try {
    for (const [at, line] of text.split('\n').slice(0, -1).entries()) {
      if (at % perTurn === perTurn - 1) await nextTurn();
      const path = Buffer.from(line, 'base64url').toString('latin1');
      try {
        const stat = look.look(path);
        const reached = look.pathOf(path);
        if (stat?.isFile() && reached)
          setAttributes(reached, { ...attributesOf(stat), mtimeNs: stat.mtimeNs - second }, stat);
      } catch (error) {
        // What nobody here may reach is not compared either.
        if (errorCode(error) !== 'EACCES') throw error;
      }
    }
  } finally {
    look.close();
  }
  await unlink(fileOf(directory));
};

const second = 1_000_000_000n;
const perTurn = 500;
