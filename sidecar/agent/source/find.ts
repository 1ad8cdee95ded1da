import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, Failure } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import type { ChangedFile } from './source-view.ts';
import { toMs } from './times/file-times.ts';
import { type WalkedEntry, walkBelow } from './walk.ts';

const sliceMs = 5;

/** What may not be read, or has too long a path, is told by the watch and by each run; any other failure says nothing of what is there. */
const passedOver: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENAMETOOLONG']);

/**
 * Everything below a directory, at any depth, that is not excluded; what may not be read is passed over.
 * @throws Failure `SourceUnreadable` when something can't be read for another reason
 */
async function* walk(
  absolute: (path: RelPath) => Buffer,
  top: RelPath,
  excludes: (path: RelPath, isDirectory: boolean) => boolean,
): AsyncGenerator<WalkedEntry> {
  const onUnreadable = (path: RelPath, cause: unknown): void => {
    if (passedOver.has(errorCode(cause)) && path !== '') return;
    throw new Failure('SourceUnreadable', `walk ${JSON.stringify(path)}: it can't be read`, { cause });
  };
  let until = performance.now() + sliceMs;
  for (const entry of walkBelow(top, { absolute, excludes, onUnreadable })) {
    yield entry;
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + sliceMs;
  }
}

export async function listBelow(
  absolute: (path: RelPath) => Buffer,
  directory: RelPath,
  excludes: (path: RelPath, isDirectory: boolean) => boolean,
): Promise<RelPath[]> {
  const found: RelPath[] = [];
  for await (const { path } of walk(absolute, directory, excludes)) found.push(path);
  return found;
}

const changedAtOnce = 2_000;

/**
 * Files and symlinks whose inode changed after `since` (ms, the file system's clock): their mtime may hide it. Piece by piece, so
 * that a volume of which everything changed costs no memory. @throws Failure as `walk`
 */
export async function* findChangedSince(root: string, since: number): AsyncGenerator<readonly ChangedFile[]> {
  let found: ChangedFile[] = [];
  const absolute = (path: RelPath): Buffer =>
    path === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  for await (const { path, stats } of walk(absolute, '', () => false)) {
    const changedAt = toMs(stats.ctimeNs);
    if (changedAt >= since && (stats.isFile() || stats.isSymbolicLink())) found.push({ path, changedAt });
    if (found.length < changedAtOnce) continue;
    yield found;
    found = [];
  }
  if (found.length > 0) yield found;
}
