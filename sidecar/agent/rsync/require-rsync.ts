import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../../../src/process/failure.ts';

/** The oldest rsync whose client does all that is relied on (`--modify-window=-1`, `--append-verify`, `xxh128`). */
const oldest = [3, 2, 3] as const;

/** @throws Failure `RsyncMissing` or `RsyncTooOld` */
export async function requireRsync(rsync: string): Promise<void> {
  const hint = 'install rsync 3.5.0 or newer, for example: apt-get install rsync';
  const { stdout } = await promisify(execFile)(rsync, ['--version']).catch((cause: unknown) => {
    throw new Failure('RsyncMissing', 'start rsync: it is not installed', { hint, cause });
  });
  const version = /version (\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number) ?? [0, 0, 0];
  const difference = oldest.map((part, index) => (version[index] ?? 0) - part).find((d) => d !== 0) ?? 0;
  if (difference < 0)
    throw new Failure('RsyncTooOld', `start rsync: version ${version.join('.')} is too old`, { hint });
}
