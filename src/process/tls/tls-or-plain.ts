import type { RequestListener, Server } from 'node:http';
import { createServer as createFront, type Socket, type Server as TcpServer } from 'node:net';

export interface ServerPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsOrPlain {
  /** What listens; it hands every connection on. */
  readonly front: TcpServer;
  closeAllConnections(): void;
}

/** The first byte of a TLS record that begins a handshake (RFC 8446, 5.1). */
const handshake = 22;
const silentMs = 10_000;

/**
 * Lets one port speak HTTP and HTTPS, told apart by the first byte: a kubelet asks in the clear, a Prometheus need not.
 * `pair` is asked at each connection, so that a renewed certificate counts for the next; without one there is no TLS yet, and
 * the last goes on while none can be read.
 */
export const serveTlsOrPlain = async (
  plain: Server,
  listener: RequestListener,
  pair: () => ServerPair | undefined,
): Promise<TlsOrPlain> => {
  // Loaded when it is asked for: HTTPS costs memory.
  const { createServer } = await import('node:https');
  let current: ServerPair | undefined;
  const secure = createServer({ minVersion: 'TLSv1.2' }, listener);
  secure.keepAliveTimeout = plain.keepAliveTimeout;
  // Neither server listens, so neither knows its connections.
  const open = new Set<Socket>();
  const front = createFront((socket) => {
    open.add(socket);
    const drop = (): void => void socket.destroy();
    socket.setTimeout(silentMs, drop);
    socket.on('error', drop);
    socket.once('close', () => open.delete(socket));
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.setTimeout(0).off('timeout', drop).off('error', drop);
      socket.unshift(chunk);
      if (chunk[0] === handshake) {
        if (!renew()) return socket.destroy();
        // It takes what is buffered by itself, in the next turn.
        secure.emit('connection', socket);
      } else {
        plain.emit('connection', socket);
        socket.resume();
      }
    });
  });
  const renew = (): boolean => {
    try {
      const next = pair();
      if (next && next.cert !== current?.cert) {
        secure.setSecureContext({ ...next, minVersion: 'TLSv1.2' });
        current = next;
      }
    } catch {
      // Its files are gone, replaced just now, or no file can be opened: the next connection asks again.
    }
    return current !== undefined;
  };
  return {
    front,
    closeAllConnections() {
      for (const socket of open) socket.destroy();
    },
  };
};
