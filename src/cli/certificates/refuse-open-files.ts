import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageFailure } from '../../terminal/usage-failure.ts';

/** Only a kubelet lays out a directory so: a pod's Secret, whose mode its manifest says, on a machine of one user. */
const isMountedSecret = (path: string): boolean => existsSync(join(dirname(path), '..data'));

/** Of a file with a secret, as rsync does with its own password files. @throws UsageFailure */
export const refuseOpenToOthers = (flag: string, path: string): void => {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o007) === 0 || isMountedSecret(path)) return;
  throw new UsageFailure(`${flag}: ${path} can be read by everybody on this machine`, { hint: `chmod 600 ${path}` });
};
