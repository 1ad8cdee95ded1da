import { Duplex, PassThrough, type Writable } from 'node:stream';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';
import { errorMessage } from '../process/failure.ts';
import { ClusterError } from './cluster-error.ts';

/** What is needed of the socket of the package's own. */
interface WebSocket {
  pause(): void;
  resume(): void;
  close(): void;
  on(event: 'close' | 'error', listen: (error?: Error) => void): void;
}

/**
 * A connection to a port of a pod through the API server, as `kubectl port-forward` makes one for each that comes.
 * @throws ClusterError
 */
export const openPortForward = async (
  config: KubeConfig,
  { namespace, pod, port }: { readonly namespace: string; readonly pod: string; readonly port: number },
): Promise<Duplex> => {
  const what = `forward to port ${port} of pod ${namespace}/${pod}`;
  const outgoing = new PassThrough();
  let complaint = '';
  let socket: WebSocket | undefined;
  const duplex = new Duplex({
    read: () => socket?.resume(),
    write: (chunk, _encoding, done) => outgoing.write(chunk, done),
    final: (done) => outgoing.end(done),
    destroy: (error, done) => {
      socket?.close();
      done(error);
    },
  });
  const incoming = {
    write: (chunk: Buffer) => {
      if (chunk.length > 0 && !duplex.push(chunk)) socket?.pause();
    },
  } as unknown as Writable;
  const complaints = { write: (chunk: Buffer) => (complaint += chunk.toString()) } as unknown as Writable;
  try {
    const forward = new PortForward(config);
    socket = (await forward.portForward(
      namespace,
      pod,
      [port],
      incoming,
      complaints,
      outgoing,
    )) as unknown as WebSocket;
  } catch (cause) {
    throw refusal(what, cause);
  }
  socket.on('error', (error) => duplex.destroy(error));
  socket.on('close', () => {
    if (complaint === '') duplex.push(null);
    else duplex.destroy(new ClusterError('unreachable', `${what}: ${complaint}`));
  });
  return duplex;
};

/** What `ws` says of an answer that is no upgrade has nothing but its status. */
const refusal = (what: string, cause: unknown): ClusterError => {
  const said = errorMessage((cause as { error?: unknown }).error ?? cause);
  const status = Number(/Unexpected server response: (\d+)/.exec(said)?.[1]);
  const kind =
    status === 401 ? 'unauthorized' : status === 403 ? 'forbidden' : status === 404 ? 'notFound' : 'unreachable';
  return new ClusterError(kind, `${what}: ${kind === 'unreachable' ? said : kind}`, { cause });
};
