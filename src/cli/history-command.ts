import { createHistoryClient, type HistoryClient } from '../../sidecar/protocol/history-client.ts';
import type { PastOptions } from '../past/past-options.ts';
import { findPastVerb, pastVerbs } from '../past/past-verbs.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { parseTargetUrl } from './parse-target-url.ts';
import { readCertificates } from './read-certificates.ts';

interface Options extends PastOptions {
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
    await run(client, options, value);
  } finally {
    client.close();
  }
};

const openClient = ({ target, certs }: Options): HistoryClient => {
  if (target === undefined) throw new UsageFailure('--target is missing; give srep://HOST:PORT/VOLUME');
  const { external } = parseTargetUrl(target).place;
  if (external?.tls !== 'Mutual')
    throw new UsageFailure(`--target ${target}: only a receiver keeps history; give srep://HOST:PORT/VOLUME`);
  if (certs === undefined)
    throw new UsageFailure('--certs is missing; give the agent directory that syncreplica certs made');
  const { ca, cert, key, username, password } = readCertificates(certs);
  return createHistoryClient({
    host: external.address,
    port: external.port,
    volume: external.module,
    tls: { ca, cert, key },
    user: { username, password },
  });
};
