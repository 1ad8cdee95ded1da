import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorCode, Failure } from '../../src/process/failure.ts';

export type RsyncVersion = readonly [major: number, minor: number, patch: number];

export interface RsyncDemand {
  readonly oldest: RsyncVersion;
  /** Who needs it, for the sentence: `start receiver`. */
  readonly purpose: string;
  /** What an older one would lack, for the hint. */
  readonly because: string;
}

const run = promisify(execFile);
const toInstall = 'install rsync 3.5.0 or newer';

/** Reads the version from `rsync --version`; null when the text is something else. */
export const parseRsyncVersion = (text: string): RsyncVersion | null => {
  const match = /^rsync\s+version\s+v?(\d+)\.(\d+)\.(\d+)/m.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null;
};

export const isAtLeast = (version: RsyncVersion, oldest: RsyncVersion): boolean =>
  (oldest.map((part, index) => (version[index] ?? 0) - part).find((difference) => difference !== 0) ?? 0) >= 0;

/**
 * Makes sure that rsync is there and new enough; answers its version.
 * @throws Failure `RsyncMissing`, `RsyncTooOld`
 */
export const requireRsync = async (rsync: string, demand: RsyncDemand): Promise<string> => {
  const { oldest, purpose, because } = demand;
  const { stdout } = await run(rsync, ['--version']).catch((cause: unknown) => {
    throw new Failure('RsyncMissing', `${purpose}: rsync can’t be run`, {
      cause,
      hint: errorCode(cause) === 'ENOENT' ? toInstall : 'check that `rsync --version` works here',
    });
  });
  const version = parseRsyncVersion(stdout);
  if (version && isAtLeast(version, oldest)) return version.join('.');
  throw new Failure('RsyncTooOld', `${purpose}: rsync ${version?.join('.') ?? 'of unknown version'} is too old`, {
    hint: `${toInstall}: ${because}`,
  });
};
