import { createHistoryClient } from '../../../sidecar/protocol/connection/history-client.ts';
import { ports, receiverClaimName, receiverHost, receiverName, receiverVolume } from '../../api/names.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import type { PastOptions } from '../../past/past-options.ts';
import { findPastVerb, readingVerbs } from '../../past/past-verbs.ts';
import { Failure } from '../../process/failure.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, oneNamespace, withCluster } from '../open-cluster.ts';
import { type Call, nameOf, type RunVerb } from '../verb.ts';
import { askForCertificate } from './ask-for-certificate.ts';
import { describeMount } from './describe-mount.ts';
import { findPast } from './find-past.ts';

/** Asks the receiver of a target of its past: with a certificate for this one call, through the API server or by an address. */
export const runHistory: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const run = findPastVerb(readingVerbs, call.second ?? '');
    const options = { ...call.options, ...listOf(call) } as PastOptions;
    const namespace = oneNamespace(cluster);
    const { target, ordinal } = findPast(await fetchReplica(cluster, name), call.options as never);
    const { tls, withdraw } = await askForCertificate(cluster, name);
    const client = createHistoryClient({
      ...placeOf(cluster, call, `${receiverName(name, target)}-${ordinal}`),
      tls: { ...tls, servername: receiverHost(namespace, name, target, ordinal) },
      volume: receiverVolume(namespace, name, target, ordinal),
    });
    try {
      const claim = receiverClaimName(name, target, ordinal);
      await run(client, options, call.third, (path, madeOf) => describeMount(claim, path, madeOf));
    } catch (error) {
      throw explain(error, `${namespace}/${name}`);
    } finally {
      client.close();
      await withdraw();
    }
  });

/** Commander gives what is given once as one text, and what may be repeated as a list. */
const listOf = ({ options }: Call): Pick<PastOptions, 'path'> => {
  const { path } = options as { path?: string | readonly string[] };
  return path === undefined ? {} : { path: typeof path === 'string' ? [path] : path };
};

const placeOf = (
  { connection, namespace = '' }: Cluster,
  { options: { address } }: Call,
  pod: string,
): Pick<Parameters<typeof createHistoryClient>[0], 'host' | 'port' | 'open'> => {
  if (typeof address !== 'string')
    return {
      host: pod,
      port: ports.receiver,
      open: () => connection.forward({ namespace, pod, port: ports.receiver }),
    };
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (host === undefined) throw new UsageFailure(`--address ${address}: write HOST:PORT`);
  return { host, port: Number(port) };
};

const explain = (error: unknown, name: string): unknown => {
  if (isClusterError(error, 'forbidden'))
    return new Failure('NotAllowed', `read the past of ${name}: you may forward no port of its receiver`, {
      cause: error,
      hint: 'ask an administrator to bind you the ClusterRole syncreplica-history of the chart in this namespace, or give --address',
    });
  if (isClusterError(error, 'notFound'))
    return new Failure('NoReceiver', `read the past of ${name}: its receiver does not run`, {
      cause: error,
      hint: 'of a target that is promoted the claim is in use, and its history can’t be read until it is demoted',
    });
  return error;
};
