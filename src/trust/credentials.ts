import { randomBytes } from 'node:crypto';
import { Failure } from '../process/failure.ts';
import { type Generation, judgeGenerations, type OverlapTiming } from './generations.ts';

/** User and password of a receiver's module. Each generation has a user of its own, so that two are accepted at a time. */
export interface Credential {
  readonly username: string;
  readonly password: string;
  readonly createdAtMs: number;
}

export interface CredentialVerdict {
  /** What agents show. */
  readonly inUse: Credential;
  /** What the receiver accepts, oldest first. */
  readonly accepted: readonly Credential[];
  readonly isChanged: boolean;
}

const minute = 60_000;

/** Many times what the kubelet takes to bring a Secret into a pod. */
const overlapMs = 10 * minute;

/**
 * Passwords are replaced as often as certificates, at a third of their life. Ten minutes pass before agents use a new
 * one and after they left the old one; less where authorities are announced for less.
 */
export const credentialTiming = (certificates: {
  readonly leafLifeMs: number;
  readonly announceMs: number;
}): OverlapTiming => {
  const announceMs = Math.min(overlapMs, certificates.announceMs);
  return {
    renewAfterMs: Math.max(certificates.leafLifeMs / 3, 2 * announceMs),
    announceMs,
    retireAfterMs: announceMs,
  };
};

/** The credentials that count now; makes the first, or a successor that is due. `random` gives that many random bytes. */
export const keepCredentials = (
  existing: readonly Credential[],
  nowMs: number,
  timing: OverlapTiming,
  random: (size: number) => Buffer = randomBytes,
): CredentialVerdict => {
  const known = existing.map((credential): Credential & Generation => ({ ...credential, expiresAtMs: Infinity }));
  const isDue = judgeGenerations(known, nowMs, timing).isNewNeeded;
  const all = isDue ? [...known, { ...makeCredential(nowMs, random), expiresAtMs: Infinity }] : known;
  const { inUse, accepted } = judgeGenerations(all, nowMs, timing);
  return {
    inUse: toCredential(inUse as Credential),
    accepted: accepted.map(toCredential),
    isChanged: isDue || accepted.length !== existing.length,
  };
};

const makeCredential = (nowMs: number, random: (size: number) => Buffer): Credential => ({
  username: `agent-${random(4).toString('hex')}`,
  password: random(32).toString('base64url'),
  createdAtMs: nowMs,
});

const toCredential = ({ username, password, createdAtMs }: Credential): Credential => ({
  username,
  password,
  createdAtMs,
});

export const formatCredentials = (credentials: readonly Credential[]): string =>
  JSON.stringify(credentials.map(toCredential));

/** As a receiver reads them: a line `user:password` for each. */
export const formatUsers = (credentials: readonly Credential[]): string =>
  credentials.map(({ username, password }) => `${username}:${password}\n`).join('');

/** @throws Failure `CredentialsInvalid` */
export const parseCredentials = (text: string): Credential[] => {
  try {
    return (JSON.parse(text) as Credential[]).map((entry) => {
      if (typeof entry.username !== 'string' || typeof entry.password !== 'string') throw new TypeError('no user');
      if (!Number.isFinite(entry.createdAtMs)) throw new TypeError('no time');
      return toCredential(entry);
    });
  } catch {
    // The cause would quote the text, and with it a password.
    throw new Failure('CredentialsInvalid', 'read credentials: they are no list of users and passwords', {
      hint: 'delete the Secret; new credentials are made at once',
    });
  }
};
