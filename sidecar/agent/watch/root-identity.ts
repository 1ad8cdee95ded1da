import { stat } from 'node:fs/promises';
import { errorCode, Failure } from '../../../src/process/failure.ts';

/**
 * Device and inode of the directory that is now at `root`: when they change, another directory took its place.
 * @throws Failure `RootMissing` | `RootUnreadable`
 */
export const identifyRoot = async (root: string): Promise<string> => {
  try {
    const { dev, ino } = await stat(root, { bigint: true });
    return `${dev}:${ino}`;
  } catch (cause) {
    const missing = errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR';
    throw new Failure(missing ? 'RootMissing' : 'RootUnreadable', `watch ${root}: it can't be read`, {
      cause,
      hint: 'the source must be an existing directory that this user may read',
    });
  }
};

/**
 * Looks at the root every `intervalMs`: a mount over it, or a bind mount taken away, raises no event.
 * A moment's EIO is no loss; only what is surely gone or another directory is. Answers how to stop.
 */
export const watchRootIdentity = (
  root: string,
  identity: string,
  intervalMs: number,
  onLost: (reason: 'deleted' | 'replaced') => void,
): (() => void) => {
  let stopped = false;
  const check = async (): Promise<void> => {
    const found = await identifyRoot(root).catch((error: unknown) => errorCode(error));
    if (stopped || found === identity || found === 'RootUnreadable') return;
    onLost(found === 'RootMissing' ? 'deleted' : 'replaced');
  };
  const timer = setInterval(() => void check(), intervalMs).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
};
