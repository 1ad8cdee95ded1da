import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, Failure } from '../../../src/process/failure.ts';

/**
 * Replaces a file so that after a crash at any moment it holds the old text or the new one, and the new one once
 * this resolves: write beside it, fsync, rename, fsync the directory.
 */
export const writeDurable = async (path: string, text: string): Promise<void> => {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncDirectory(dirname(path));
};

/** Like `writeDurable` on a full disk too: `ballast` is a file whose only use is to be given up then. */
export const writeDurableWithBallast = async (path: string, text: string, ballast: string): Promise<void> => {
  try {
    await writeDurable(path, text);
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC' && errorCode(error) !== 'EDQUOT') throw error;
    await unlink(ballast).catch(() => {});
    await writeDurable(path, text);
  }
  await ensureBallast(ballast).catch(() => {});
};

/** Reserves 16 KiB in `path`, unless that is done or there is no room. */
export const ensureBallast = async (path: string): Promise<void> => {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  });
  try {
    await file?.writeFile(Buffer.alloc(16_384, 1));
    await file?.sync();
  } finally {
    await file?.close();
  }
};

/**
 * Reads what `writeDurable` wrote as JSON; undefined when there is no file.
 * @throws Failure `StateCorrupt`: never guessed, for a lease that starts anew could let two writers in
 */
export const readDurable = async (path: string): Promise<unknown> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('StateCorrupt', `read ${path}: it is not what was written`, {
      cause,
      hint: 'check the volume’s file system; to begin anew remove this file while no agent writes to the volume',
    });
  }
};

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};
