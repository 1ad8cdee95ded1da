import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** Like `writeDurable` on a full disk too. */
export const writeDurableWithBallast = async (path: string, text: string, ballast: string): Promise<void> => {
  await withBallast(ballast, () => writeDurable(path, text));
  await ensureBallast(ballast).catch(() => {});
};

/** Writes again on a full disk: `ballast` is a file whose only use is to be given up then. */
export const withBallast = async <T>(ballast: string, write: () => Promise<T>): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    if (!isFull(error)) throw error;
    await unlink(ballast).catch(() => {});
    return await write();
  }
};

export const isFull = (error: unknown): boolean => errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';

export const ballastIn = ({ state }: { readonly state: string }): string => join(state, 'ballast');

const ballastBytes = 16_384;

/** Reserves 16 KiB in `path`, or what is missing of it: there may have been no room for all. */
export const ensureBallast = async (path: string): Promise<void> => {
  const file = await open(path, 'a', 0o600);
  try {
    const { size } = await file.stat();
    if (size >= ballastBytes) return;
    await file.writeFile(Buffer.alloc(ballastBytes - size, 1));
    await file.sync();
  } finally {
    await file.close();
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
