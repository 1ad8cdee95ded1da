import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { Failure } from '../../../src/process/failure.ts';
import { type ClientIdentity, parseClientIdentity } from '../../../src/process/tls/certificate-identity.ts';
import { alpnControl, alpnRsync } from '../../protocol/control.ts';
import type { ReceiverCredentials } from './tls-material.ts';

/** Why a connection, or a request for the lease, was refused: the label of the metric. */
export type RefusedReason = 'hosts' | 'limit' | 'tls' | 'certificate' | 'volume' | 'epoch' | 'preamble' | 'lease';
export const refusedReasons: readonly RefusedReason[] = [
  'hosts',
  'limit',
  'tls',
  'certificate',
  'volume',
  'epoch',
  'preamble',
  'lease',
];

export interface TlsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: ReceiverCredentials;
  readonly maxConnections: number;
  readonly isAllowed: (address: string) => boolean;
  readonly nowMs: () => number;
  readonly onRefused: (reason: RefusedReason, address: string, detail: string) => void;
  /** A connection whose certificate is good; `protocol` is the ALPN name. */
  readonly onConnection: (socket: TLSSocket, protocol: string, identity: ClientIdentity) => void;
  /** A certificate that is not: the answer goes out in the protocol's own words before the connection is closed. */
  readonly onUntrusted: (socket: TLSSocket, protocol: string, reason: string) => void;
}

export interface TlsServer {
  readonly port: number;
  /** For new connections; what is open stays. */
  setCredentials(credentials: ReceiverCredentials): void;
  /** A connection that was made from here, on which the other side has begun. */
  adopt(socket: Socket): void;
  /** Connections there are. */
  readonly open: number;
  close(): Promise<void>;
}

const handshakeTimeoutMs = 10_000;
/** A resumed session skips the check of the client's chain, so it must not outlive a withdrawn authority for long. */
const sessionTimeoutSeconds = 300;

/**
 * The receiver's one port: TLS 1.3, a client certificate of our authority, one of our two protocols by ALPN (RFC 7301).
 * @throws Failure `ListenFailed`
 */
export const startTlsServer = async (options: TlsServerOptions): Promise<TlsServer> => {
  const open = new Set<Socket>();
  const server = createServer({
    ...tlsOptions(options.credentials),
    ALPNProtocols: [alpnRsync, alpnControl],
    handshakeTimeout: handshakeTimeoutMs,
    sessionTimeout: sessionTimeoutSeconds,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
    allowHalfOpen: true,
  });
  server.maxConnections = options.maxConnections;
  server.on('drop', (data) => options.onRefused('limit', plainAddress(data?.remoteAddress), 'too many connections'));
  // Before the handshake, so that a host that is not welcome costs no cryptography.
  server.prependListener('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    const address = plainAddress(socket.remoteAddress);
    if (options.isAllowed(address)) return;
    options.onRefused('hosts', address, 'its address is not allowed');
    socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => {
    const address = plainAddress(socket.remoteAddress);
    if (options.isAllowed(address)) options.onRefused('tls', address, error.message);
    // A handshake that timed out leaves the socket open otherwise.
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    const protocol = socket.alpnProtocol || '';
    const address = plainAddress(socket.remoteAddress);
    if (protocol !== alpnRsync && protocol !== alpnControl) {
      options.onRefused('tls', address, 'it asked for no protocol of ours');
      socket.destroy();
      return;
    }
    const verdict = judgeCertificate(socket, options.nowMs());
    if (typeof verdict !== 'string') return options.onConnection(socket, protocol, verdict);
    options.onRefused('certificate', address, verdict);
    options.onUntrusted(socket, protocol, verdict);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Failure('ListenFailed', `listen on ${options.host}:${options.port}: ${cause.message}`, {
          cause,
          hint: 'choose another address or port',
        }),
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    adopt: (socket) => void server.emit('connection', socket),
    get open() {
      return open.size;
    },
    setCredentials: (credentials) => server.setSecureContext(tlsOptions(credentials)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
};

const tlsOptions = (credentials: ReceiverCredentials): TlsOptions => ({
  ca: credentials.ca,
  cert: credentials.cert,
  key: credentials.key,
  minVersion: 'TLSv1.3',
  requestCert: true,
  // Judged below instead, for then the client can be told why.
  rejectUnauthorized: false,
});

/** The identity of a good certificate, or what is wrong with it. Expiry is looked at here too, for resumed sessions. */
const judgeCertificate = (socket: TLSSocket, nowMs: number): ClientIdentity | string => {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return 'it showed no client certificate';
  if (!socket.authorized) return `its client certificate is not valid: ${String(socket.authorizationError)}`;
  if (certificate.validToDate.getTime() < nowMs) return 'its client certificate has expired';
  return parseClientIdentity(certificate.subjectAltName);
};

/** IPv4 in its own notation also on a dual-stack socket. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/i, '');
