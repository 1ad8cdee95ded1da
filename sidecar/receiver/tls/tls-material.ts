import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { usersFile } from '../../../src/api/names.ts';
import { errorMessage, Failure } from '../../../src/process/failure.ts';
import { certificateLifetime } from '../../../src/process/tls/certificate-expiry.ts';

/** A user that may write, by rsync's own challenge and response. */
export interface RsyncUser {
  readonly username: string;
  readonly password: string;
}

/** What a receiver proves itself with and whom it believes: PEM texts, and the rsync user's name and secret. */
export interface ReceiverCredentials extends RsyncUser {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** All users, so that a password can be replaced: the old and the new are good while they overlap. */
  readonly users?: readonly RsyncUser[];
}

/**
 * All users that are accepted. The list wins: username and password are two files, and may be read while they change.
 */
export const acceptedUsers = ({ username, password, users = [] }: ReceiverCredentials): RsyncUser[] => {
  const isListed = users.some((user) => user.username === username);
  return isListed ? [...users] : [{ username, password }, ...users];
};

/** Whether these are a user's name and password, in a time that says nothing about how much of them is right. */
export const isAcceptedUser = (users: readonly RsyncUser[], username: string, password: string): boolean => {
  const digest = (user: RsyncUser): Buffer => createHash('sha256').update(`${user.username}:${user.password}`).digest();
  const shown = digest({ username, password });
  return users.map((user) => timingSafeEqual(digest(user), shown)).includes(true);
};

/**
 * Reads `ca.crt`, `tls.crt`, `tls.key`, `username`, `password` and, where it is there, `users` of a directory
 * (a mounted Secret). Those that are `known` already are answered as they are, without the cost of checking them again.
 * @throws Failure `CredentialsInvalid`
 */
export const readCredentials = async (directory: string, known?: ReceiverCredentials): Promise<ReceiverCredentials> => {
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(join(directory, name), 'utf8');
    } catch (cause) {
      throw new Failure('CredentialsInvalid', `read credentials: ${name} in ${directory} can’t be read`, {
        cause,
        hint: 'the directory needs ca.crt, tls.crt, tls.key, username and password (`syncreplica certs` makes them)',
      });
    }
  };
  const [ca, cert, key, username, password] = await Promise.all(
    ['ca.crt', 'tls.crt', 'tls.key', 'username', 'password'].map(read),
  );
  const credentials = {
    ca: ca ?? '',
    cert: cert ?? '',
    key: key ?? '',
    username: (username ?? '').trim(),
    password: (password ?? '').replace(/\r?\n$/, ''),
    users: parseUsers(await readIfThere(join(directory, usersFile))),
  };
  return known && isSameCredentials(credentials, known) ? known : checkCredentials(credentials);
};

const readIfThere = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Failure('CredentialsInvalid', `read credentials: ${path} can’t be read`, { cause });
  }
};

const parseUsers = (text: string): RsyncUser[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => {
      const [username = '', ...password] = line.split(':');
      return { username, password: password.join(':') };
    });

/** @throws Failure `CredentialsInvalid` when they can't work; the message never holds a secret. */
export const checkCredentials = (credentials: ReceiverCredentials): ReceiverCredentials => {
  const bad = (what: string, cause?: unknown): Failure =>
    new Failure('CredentialsInvalid', `read credentials: ${what}`, {
      cause,
      hint: '`syncreplica certs` makes credentials that work',
    });
  for (const { username, password } of acceptedUsers(credentials)) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(username)) {
      throw bad('username must be 1 to 64 letters, digits, ".", "_" or "-"');
    }
    if (password.length < 8 || /[\x00-\x1f]/.test(password)) {
      throw bad('password must have 8 characters or more, on one line');
    }
  }
  try {
    createSecureContext({ ca: credentials.ca, cert: credentials.cert, key: credentials.key });
    certificateLifetime(credentials.ca);
  } catch (cause) {
    throw bad(`ca.crt, tls.crt and tls.key don’t work together: ${errorMessage(cause)}`, cause);
  }
  return credentials;
};

export const isSameCredentials = (a: ReceiverCredentials, b: ReceiverCredentials): boolean =>
  a.ca === b.ca && a.cert === b.cert && a.key === b.key && isDeepStrictEqual(acceptedUsers(a), acceptedUsers(b));

/** Given as they are, or read from a directory; `known` where nothing changed. */
export const loadCredentials = async (
  credentials: ReceiverCredentials | { readonly directory: string },
  known?: ReceiverCredentials,
): Promise<ReceiverCredentials> => {
  if ('directory' in credentials) return readCredentials(credentials.directory, known);
  return known ?? checkCredentials(credentials);
};
