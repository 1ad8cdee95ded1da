import { Failure } from '../../../src/process/failure.ts';
import type { FailureReason } from '../../protocol/agent-status.ts';

interface Meaning {
  readonly pattern: RegExp;
  readonly reason: FailureReason;
  readonly hint: string;
}

/** What ssh says on stderr when it ends before it is through; the first that matches. */
const meanings: readonly Meaning[] = [
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known/,
    reason: 'CertificateInvalid',
    hint: 'the known hosts file must have this host and its key: ssh-keyscan -p PORT HOST, compared with what its administrator says',
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY|invalid format|error in libcrypto|No such identity|Load key|no such identity/,
    reason: 'AuthenticationFailed',
    hint: 'the key file must be a private key without a passphrase that only the user of the agent can read (chmod 600)',
  },
  {
    pattern: /Permission denied|Too many authentication failures|incorrect passphrase/,
    reason: 'AuthenticationFailed',
    hint: 'the public half of the key must be in the authorized_keys of that user there',
  },
];

/** Why there is no connection. `said`: what ssh wrote to stderr. Pure. */
export const judgeSsh = (to: string, said: string, cause?: unknown): Failure => {
  const found = meanings.find(({ pattern }) => pattern.test(said));
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('@'));
  const why = lines.at(-1)?.trim() || (cause instanceof Error ? cause.message : 'ssh ended');
  return new Failure(found?.reason ?? 'TargetUnreachable', `connect to ${to} by ssh: ${why}`, {
    cause,
    hint: found?.hint ?? 'check that sshd runs there and that this machine can reach it',
  });
};
