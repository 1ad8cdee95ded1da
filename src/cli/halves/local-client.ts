import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stateDirectory } from '../../../sidecar/protocol/receiver-layout.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import type { Credentials } from '../certificates/read-certificates.ts';
import { readCertificates } from '../certificates/read-certificates.ts';
import { writeCredentials } from '../certificates/write-certificates.ts';

const urlFile = 'url';
const placeIn = (directory: string): string => join(directory, stateDirectory, 'client');

/**
 * How the receiver of `syncreplica local` is reached while it runs, for who may read its state: that is who runs it. Its port
 * and certificates are others with every start.
 */
export const leaveLocalClient = (directory: string, url: string, credentials: Credentials): void => {
  const place = placeIn(directory);
  writeCredentials(place, credentials);
  writeFileSync(join(place, urlFile), url, { mode: 0o600 });
};

export const removeLocalClient = (directory: string): void =>
  rmSync(placeIn(directory), { recursive: true, force: true });

/** @throws UsageFailure */
export const readLocalClient = (given: string): { readonly url: string; readonly credentials: Credentials } => {
  const place = placeIn(resolve(given));
  if (!existsSync(join(place, urlFile)))
    throw new UsageFailure(`--dir ${given}: no syncreplica local that runs has it as a target`, {
      hint: 'start it; the receiver of another machine, or of its own process, is named by --target and --certs',
    });
  return { url: readFileSync(join(place, urlFile), 'utf8'), credentials: readCertificates(place) };
};
