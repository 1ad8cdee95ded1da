import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentialFiles } from '../../api/names.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { refuseOpenToOthers } from './refuse-open-files.ts';

/** What is in a certificates directory: PEM texts, and the user and password of the rsync module. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly username: string;
  readonly password: string;
}

/** Reads a file that a flag names. @throws UsageFailure */
export const readNamedFile = (flag: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageFailure(
      `${flag}: ${path} can't be read${missing ? ': there is no such file' : `: ${(cause as Error).message}`}`,
      {
        cause,
      },
    );
  }
};

/**
 * Reads the five files of a `--certs` directory, as `syncreplica certs` makes them.
 * @throws UsageFailure
 */
export const readCertificates = (directory: string): Credentials => {
  const read = (name: string): string => {
    try {
      return readNamedFile('--certs', join(directory, name));
    } catch (error) {
      throw new UsageFailure((error as Error).message, {
        hint: `make the directory with: syncreplica certs --out DIR; then give DIR/agent or DIR/receiver`,
        cause: error,
      });
    }
  };
  const { ca, cert, key, username, password } = credentialFiles;
  for (const secret of [key, password]) refuseOpenToOthers('--certs', join(directory, secret));
  return {
    ca: read(ca),
    cert: read(cert),
    key: read(key),
    username: read(username).trim(),
    password: read(password).trim(),
  };
};
