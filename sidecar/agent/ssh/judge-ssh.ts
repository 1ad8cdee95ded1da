import type { SshTarget } from '../../../src/api/settings/replication-settings.ts';
import { errorCode, Failure } from '../../../src/process/failure.ts';
import type { FailureReason } from '../../protocol/agent-status.ts';

interface Meaning {
  readonly pattern: RegExp;
  readonly reason: FailureReason;
  /** What to do where key and known hosts are files, and where they are keys of a Secret if that is another thing. */
  readonly hint: string;
  readonly secretHint?: string;
}

/** What ssh says on stderr when it ends before it is through; the first that matches. */
const meanings: readonly Meaning[] = [
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known/,
    reason: 'CertificateInvalid',
    hint: 'the known hosts file must have this host and its key: ssh-keyscan -p PORT HOST, compared with what its administrator says',
    secretHint:
      'known_hosts of the Secret must have this host and its key: ssh-keyscan -p PORT HOST, compared with what its administrator says',
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY|invalid format|error in libcrypto|No such identity|Load key|no such identity/,
    reason: 'AuthenticationFailed',
    hint: 'the key file must be a private key without a passphrase that only the user of the agent can read (chmod 600)',
    secretHint: 'ssh-privatekey of the Secret must be a private key without a passphrase, as ssh-keygen -N "" makes it',
  },
  {
    pattern: /Permission denied|Too many authentication failures|incorrect passphrase/,
    reason: 'AuthenticationFailed',
    hint: 'the public half of the key must be in the authorized_keys of that user there',
  },
  {
    pattern: /No user exists for uid/,
    reason: 'Unsupported',
    hint: 'ssh runs for nobody without an account: give this user one, or install libnss-wrapper',
    secretHint: "the agent's image lacks libnss-wrapper: use the one of this version, and make the pod anew",
  },
];

const noProgram: Meaning = {
  pattern: /^env: .*ssh.*: No such file/m,
  reason: 'Unsupported',
  hint: 'ssh is missing here: install openssh-client',
  secretHint: "the agent's image has no ssh: use the one of this version, and make the pod anew",
};

/** Why there is no connection. `said`: what ssh wrote to stderr. Pure. */
export const judgeSsh = (target: SshTarget, said: string, cause?: unknown): Failure => {
  const found =
    errorCode(cause) === 'ENOENT' ? noProgram : [...meanings, noProgram].find(({ pattern }) => pattern.test(said));
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('@'));
  const why = lines.at(-1)?.trim() || (cause instanceof Error ? cause.message : 'ssh ended');
  const { user, host, port } = target;
  const hint = ('key' in target ? found?.secretHint : undefined) ?? found?.hint;
  return new Failure(found?.reason ?? 'TargetUnreachable', `connect to ${user}@${host}:${port} by ssh: ${why}`, {
    cause,
    hint: hint ?? 'check that sshd runs there and that this machine can reach it',
  });
};
