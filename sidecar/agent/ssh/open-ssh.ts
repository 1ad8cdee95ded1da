import type { SshTarget } from '../../../src/api/settings/replication-settings.ts';
import type { Link, LinkOptions } from '../link/link.ts';
import { makeLookAfterDaemon } from '../link/look-after-daemon.ts';
import { localNote } from '../link/notes/local-note.ts';
import { plainTarget } from '../link/plain-target.ts';
import { SshConnection } from './ssh-connection.ts';

/** Opens the way to a directory behind an sshd; as a plain rsync daemon it knows no lease. @throws Failure whose code is a FailureReason */
export async function openSsh(target: SshTarget, { stateDir, throttle }: LinkOptions): Promise<Link> {
  const { host, port, path } = target;
  const kept = stateDir === undefined ? undefined : localNote(stateDir, { host, port, module: path });
  const plain = plainTarget(kept);
  const connection = await SshConnection.open(target, { throttle, stateDir });
  const lookAfter = makeLookAfterDaemon(() => connection.reach());
  return {
    destination: `127.0.0.1:${path}/`,
    rsh: connection.rsh,
    password: undefined,
    dial: () => Promise.reject(new Error('dial: rsync goes by its remote shell')),
    targetRoot: path,
    ...plain,
    look: async () => {
      connection.requireOpen();
      await lookAfter();
    },
    close: () => connection.close(),
  };
}
