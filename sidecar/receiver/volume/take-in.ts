import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, Failure } from '../../../src/process/failure.ts';
import { stateDirectory } from '../../protocol/receiver-layout.ts';
import { noLease, parseLeaseState } from '../lease/lease.ts';
import { readDurable, writeDurable } from './durable-file.ts';

/** What is in a directory already becomes its replica: all of it, or what is at `path` in it. */
export interface TakeIn {
  /** Relative; '' is the whole directory. */
  readonly path: string;
  readonly volume: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

/** What is done to the disk; all of it can be cut off at any point and done again. */
export interface TakeInCalls {
  readonly mkdir: (path: string) => Promise<unknown>;
  readonly rename: (from: Buffer | string, to: Buffer | string) => Promise<void>;
  readonly keep: (path: string, text: string) => Promise<void>;
}

const realCalls: TakeInCalls = { mkdir: (path) => mkdir(path, { mode: 0o755 }), rename, keep: writeDurable };

/**
 * Renames what is there into `data/`, which costs no bytes: first into `.syncreplica/taken-in`, so that what is called `data`
 * is no exception. Whose it is nobody has said: the first writer has to adopt it. A volume that a receiver kept before
 * is left as it is, but for its name. Only while the volume is locked.
 * @throws Failure `TakeInRefused`
 */
export const takeIn = async (
  volume: { readonly root: string; readonly state: string; readonly data: string; readonly temporary: string },
  { path, volume: name, now }: TakeIn,
  calls: TakeInCalls = realCalls,
): Promise<void> => {
  const staged = join(volume.state, 'taken-in');
  const leaseFile = join(volume.state, 'lease.json');
  const isStaged = await isThere(staged);
  if (!isStaged && (await isThere(volume.temporary))) return renameVolume(leaseFile, name, calls);
  if (path === '') await gather(volume.root, staged, isStaged, calls);
  else if (!isStaged) await gatherOne(volume, path, staged, calls);
  const lineage = { id: `taken-in-${randomUUID()}`, since: now, epoch: 0 };
  await calls.keep(leaseFile, `${JSON.stringify({ ...noLease, volume: name ?? null, lineage })}\n`);
  await calls.rename(staged, volume.data);
};

const gather = async (root: string, staged: string, isStaged: boolean, { mkdir, rename }: TakeInCalls) => {
  if (!isStaged) await mkdir(staged);
  for (const name of await readdir(root, { encoding: 'buffer' })) {
    if (ours.has(name.toString('latin1'))) continue;
    await rename(Buffer.concat([Buffer.from(`${root}/`), name]), Buffer.concat([Buffer.from(`${staged}/`), name]));
  }
};

const ours: ReadonlySet<string> = new Set([stateDirectory, 'lost+found']);

const gatherOne = async (
  { root, data }: { readonly root: string; readonly data: string },
  path: string,
  staged: string,
  { rename }: TakeInCalls,
): Promise<void> => {
  const refuse = (why: string): Failure =>
    new Failure('TakeInRefused', `take in ${join(root, path)}: ${why}`, {
      hint: 'name the directory that holds what the target is to have, or take in the whole volume',
    });
  if (!(await isThere(join(root, path)))) throw refuse('it is not there');
  if (path !== 'data' && (await isThere(data))) throw refuse(`${data} is there, where it would have to be`);
  await rename(join(root, path), staged);
};

/** Who serves it now may call it otherwise. */
const renameVolume = async (leaseFile: string, name: string | undefined, { keep }: TakeInCalls): Promise<void> => {
  const lease = parseLeaseState(await readDurable(leaseFile));
  if (!lease || name === undefined || lease.volume === null || lease.volume === name) return;
  await keep(leaseFile, `${JSON.stringify({ ...lease, volume: name })}\n`);
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
};
