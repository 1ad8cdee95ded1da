import { createHistoryClient, type HistoryClient } from '../../../sidecar/protocol/connection/history-client.ts';
import type { PastOptions } from '../../past/past-options.ts';
import { findPastVerb, pastVerbs } from '../../past/past-verbs.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { type Credentials, readCertificates } from '../certificates/read-certificates.ts';
import { readLocalClient } from '../halves/local-client.ts';
import { parseTargetUrl } from '../parse/parse-target-url.ts';

interface Options extends PastOptions {
  readonly dir?: string;
  readonly target?: string;
  readonly certs?: string;
}

/** `syncreplica history VERB`: what a receiver has kept of the past of its replica. */
export const historyCommand = async (
  given: Options & { readonly verb: string; readonly value?: string },
): Promise<void> => {
  const { verb, value, ...options } = given;
  const run = findPastVerb(pastVerbs, verb);
  const client = openClient(options);
  try {
    await run(client, options, value, (path) => [`it is below the receiver's directory: DIR/${path}`]);
  } finally {
    client.close();
  }
};

const openClient = ({ dir, ...options }: Options): HistoryClient => {
  if (dir === undefined) return openTarget(options, () => readCertificates(requireCerts(options)));
  if (options.target !== undefined) throw new UsageFailure('--dir goes without --target');
  const { url, credentials } = readLocalClient(dir);
  return openTarget({ target: url }, () => credentials);
};

const openTarget = ({ target }: Options, read: () => Credentials): HistoryClient => {
  if (target === undefined) throw new UsageFailure('--target is missing; give srep://HOST:PORT/VOLUME, or --dir');
  const { external } = parseTargetUrl(target).place;
  if (external?.tls !== 'Mutual')
    throw new UsageFailure(`--target ${target}: only a receiver keeps history; give srep://HOST:PORT/VOLUME`);
  const { ca, cert, key, username, password } = read();
  return createHistoryClient({
    host: external.address,
    port: external.port,
    volume: external.module,
    tls: { ca, cert, key },
    user: { username, password },
  });
};

const requireCerts = ({ certs }: Options): string => {
  if (certs !== undefined) return certs;
  throw new UsageFailure('--certs is missing; give the agent directory that syncreplica certs made');
};
