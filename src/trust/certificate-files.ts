import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { credentialFiles } from '../api/names.ts';
import type { KeyPair } from '../certificates/authority.ts';
import type { Clock } from '../process/clock.ts';
import { errorCode, errorMessage, Failure } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import type { CertificateSource } from './certificate-source.ts';

export interface CertificateFiles extends CertificateSource {
  /** @throws Failure `CertificateUnreadable` */
  refresh(): Promise<KeyPair>;
  /** Looks every `intervalMs` until the signal aborts; the last good pair stays. */
  run(intervalMs: number, signal: AbortSignal): Promise<void>;
}

/**
 * A certificate that another program, such as cert-manager, keeps in a mounted Secret. Read again and again rather than
 * watched: the kubelet swaps a symlink, which a watch of the file never tells.
 */
export const createCertificateFiles = (folder: string, clock: Clock, logger: Logger): CertificateFiles => {
  let current: KeyPair | undefined;
  const listeners: ((pair: KeyPair) => void)[] = [];

  const refresh = async (): Promise<KeyPair> => {
    const pair = await readPair(folder);
    if (current && current.cert === pair.cert && current.key === pair.key) return current;
    current = pair;
    logger.info({ folder }, 'certificate read');
    for (const listen of listeners) listen(pair);
    return pair;
  };

  return {
    get current() {
      return current;
    },
    onChange: (listen) => {
      listeners.push(listen);
    },
    refresh,
    async run(intervalMs, signal) {
      while (await clock.sleep(intervalMs, signal)) {
        try {
          await refresh();
        } catch (error) {
          logger.warn({ code: errorCode(error), reason: errorMessage(error) }, 'certificate not read');
        }
      }
    },
  };
};

/** A key that doesn't belong to the certificate is found here and not by the first client. */
const readPair = async (folder: string): Promise<KeyPair> => {
  try {
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
    const [cert, key] = await Promise.all([read(credentialFiles.cert), read(credentialFiles.key)]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    throw new Failure('CertificateUnreadable', `read certificate in ${folder}: ${errorMessage(cause)}`, {
      cause,
      hint: `the folder needs ${credentialFiles.cert} and ${credentialFiles.key} that belong together`,
    });
  }
};
