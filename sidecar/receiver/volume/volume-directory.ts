import { lstat, mkdir, open, opendir, readdir, realpath, rm, rmdir, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errorCode, errorMessage, Failure } from '../../../src/process/failure.ts';
import {
  besideDirectory,
  dataDirectory,
  historyDirectory,
  hooksDirectory,
  keptDirectory,
  partialDirectory,
  positionFile,
  stateDirectory,
  temporaryDirectory,
  trashDirectory,
} from '../../protocol/receiver-layout.ts';
import { beneathCalls, openBeneath } from '../beneath/open-beneath.ts';
import { tryLock } from './libc.ts';

/**
 * Absolute paths of one volume; the layout is that of receiver-layout.ts. `lock` is a descriptor that every rsync
 * inherits, so that the volume stays locked until the last one of a killed receiver is gone. `close` gives it up.
 */
export interface VolumeDirectory {
  readonly root: string;
  readonly data: string;
  readonly state: string;
  readonly temporary: string;
  readonly partial: string;
  readonly trash: string;
  readonly kept: string;
  readonly history: string;
  readonly beside: string;
  readonly hooks: string;
  readonly lock: number;
  close(): Promise<void>;
}

const lockTries = 30;
const lockRetryMs = 100;

/** Partials older than this are of no use any more. */
const partialMaxAgeMs = 7 * 86_400_000;

/**
 * Makes what is missing of the layout, removes what killed runs left behind, and locks the volume against a second receiver.
 * @throws Failure `VolumeUnusable`, `VolumeBusy`
 */
export const openVolumeDirectory = async (
  directory: string,
  /** Done once the volume is locked, before its layout is made. */
  prepare: (volume: Omit<VolumeDirectory, 'lock' | 'close'>) => Promise<void> = async () => {},
): Promise<VolumeDirectory> => {
  try {
    await mkdir(directory, { recursive: true });
    const root = await realpath(directory);
    if (/[\x00-\x1f\x7f]/.test(root)) throw new Error('its path has control characters');
    const paths = {
      root,
      data: join(root, dataDirectory),
      state: join(root, stateDirectory),
      temporary: join(root, temporaryDirectory),
      partial: join(root, partialDirectory),
      trash: join(root, trashDirectory),
      kept: join(root, keptDirectory),
      history: join(root, historyDirectory),
      beside: join(root, besideDirectory),
      hooks: join(root, hooksDirectory),
    };
    await ensureDirectory(paths.state, 0o700);
    const lock = await open(join(paths.state, 'lock'), 'w', 0o600);
    if (!(await lockSoon(lock.fd))) {
      await lock.close();
      throw new Failure(
        'VolumeBusy',
        `open volume ${root}: another receiver, or an rsync of one that was killed, has it open`,
        {
          hint: 'run one receiver per volume',
        },
      );
    }
    const volume = { ...paths, lock: lock.fd, close: () => lock.close() };
    try {
      await prepare(paths);
      await removeForeign(paths.data);
      // What is said of a replica that is gone is not so of a new one.
      if (await isMissing(paths.data)) await rm(join(root, positionFile), { force: true });
      await ensureDirectory(paths.data, 0o755);
      for (const path of [
        paths.temporary,
        paths.partial,
        paths.trash,
        paths.kept,
        paths.history,
        paths.beside,
        paths.hooks,
      ])
        await ensureDirectory(path, 0o700);
      await removeLeftovers(volume);
    } catch (error) {
      await lock.close();
      throw error;
    }
    return volume;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('VolumeUnusable', `open volume ${directory}: ${errorMessage(cause)}`, {
      cause,
      hint: 'the receiver’s user must be able to write to this directory',
    });
  }
};

/**
 * An empty replica that another user made, as a receiver does whose user was a guess, is made anew: nobody but its owner could
 * give it the times of its source. One that holds anything stays: rmdir takes none.
 */
const removeForeign = async (path: string): Promise<void> => {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat?.isDirectory() || stat.uid === process.geteuid?.()) return;
  await rmdir(path).catch((error: unknown) => {
    if (!isKept.has(errorCode(error))) throw error;
  });
};

/** It holds something, is a mount, or may not be removed: it stays as it was. */
const isKept: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM', 'EROFS']);

/** Locks, within the time that the rsyncs of a killed receiver need to see that it is gone. */
const lockSoon = async (fd: number): Promise<boolean> => {
  for (let tries = 0; tries < lockTries; tries++) {
    if (tryLock(fd)) return true;
    await setTimeout(lockRetryMs);
  }
  return tryLock(fd);
};

/** Removes what killed rsyncs left. Only while none runs. */
export const removeLeftovers = async (volume: VolumeDirectory): Promise<void> => {
  for (const name of await readdir(volume.temporary, { encoding: 'buffer' })) {
    await rm(Buffer.concat([Buffer.from(`${volume.temporary}/`), name]), { recursive: true, force: true });
  }
  await removeOldPartials(volume.partial, partialMaxAgeMs);
};

/** Each path has a directory of its own; a file beside them is of no path. */
export const removeOldPartials = async (partial: string, maxAgeMs = partialMaxAgeMs): Promise<void> => {
  await removeOld(partial, 0);
  for (const name of await readdir(partial)) {
    // A client may put a link in its place at any moment.
    const fd = openBeneath(partial, [name]);
    if (fd < 0) continue;
    await removeOld(`/proc/self/fd/${fd}`, maxAgeMs).finally(() => beneathCalls().close(fd));
    await rmdir(join(partial, name)).catch((error: unknown) => {
      if (!isInUse.has(errorCode(error))) throw error;
    });
  }
};

const isInUse: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR']);

/** Removes files that nothing has written to for `maxAgeMs`; runs may be under way, for a file in use is younger. */
export const removeOld = async (directory: string, maxAgeMs: number): Promise<void> => {
  // A file made in this very millisecond may be said to be younger than now.
  const oldest = maxAgeMs === 0 ? Number.POSITIVE_INFINITY : Date.now() - maxAgeMs;
  for (const name of await readdir(directory, { encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(`${directory}/`), name]);
    // unlink never follows a link nor removes a directory, whatever the name became meanwhile.
    const stat = await lstat(path).catch(() => undefined);
    if (stat && !stat.isDirectory() && Math.max(stat.mtimeMs, stat.ctimeMs) < oldest)
      await unlink(path).catch(() => {});
  }
};

export const isRoomShort = async (volume: VolumeDirectory): Promise<boolean> => {
  const { bavail, blocks } = await statfs(volume.root);
  return bavail < blocks / 20;
};

/** True when the replica holds nothing but `lost+found`. */
export const isEmptyReplica = async (volume: VolumeDirectory): Promise<boolean> => {
  const entries = await opendir(volume.data);
  for await (const entry of entries) if (entry.name !== 'lost+found') return false;
  return true;
};

const isMissing = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => false,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return true;
      throw error;
    },
  );

const ensureDirectory = async (path: string, mode: number): Promise<void> => {
  await mkdir(path, { mode }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const stat = await lstat(path);
  if (!stat.isDirectory()) throw new Error(`${path} is no directory`);
};
