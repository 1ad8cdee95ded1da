import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorCode, Failure } from '../../src/process/failure.ts';

const run = promisify(execFile);
const oldest = [3, 5, 0] as const;

/** Reads the version from `rsync --version`; null when the text is something else. */
export const parseRsyncVersion = (text: string): readonly [number, number, number] | null => {
  const match = /^rsync\s+version\s+v?(\d+)\.(\d+)\.(\d+)/m.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null;
};

export const isRecentEnough = (version: readonly [number, number, number]): boolean => {
  const [major, minor, patch] = version;
  return major !== oldest[0] ? major > oldest[0] : minor !== oldest[1] ? minor > oldest[1] : patch >= oldest[2];
};

/**
 * Makes sure that rsync is there and free of the holes that 3.5.0 closed; answers its version.
 * @throws Failure `RsyncMissing`, `RsyncTooOld`
 */
export const requireRsync = async (): Promise<string> => {
  const { stdout } = await run('rsync', ['--version']).catch((cause: unknown) => {
    throw new Failure('RsyncMissing', 'start receiver: rsync can’t be run', {
      cause,
      hint: errorCode(cause) === 'ENOENT' ? 'install rsync 3.5.0 or newer' : 'check that `rsync --version` works here',
    });
  });
  const version = parseRsyncVersion(stdout);
  if (version && isRecentEnough(version)) return version.join('.');
  throw new Failure(
    'RsyncTooOld',
    `start receiver: rsync ${version?.join('.') ?? 'of unknown version'} is too old to face a network`,
    {
      hint: 'install rsync 3.5.0 or newer: older ones let a client read and write outside of its module',
    },
  );
};
