import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { TlsMaterial } from '../../../src/api/settings/replication-settings.ts';
import { errorCode, errorMessage, Failure } from '../../../src/process/failure.ts';
import { lookupAddress } from './lookup-address.ts';

export interface ReceiverAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial;
  /** The name that its certificate must carry, before that of `tls`: many are reached with one identity. */
  readonly servername?: string;
  /** Opens the way there, where it is no connection to `host`. */
  readonly open?: () => Promise<Duplex>;
}

/** Why no connection came about; the `code` of the Failure that is thrown. */
export type ConnectReason = 'TargetUnreachable' | 'CertificateInvalid' | 'Refused';

/** What is kept for one identity (by object): the parsed PEM, and one TLS session per receiver for resumption. */
const maxSessions = 4_096;
const kept = new WeakMap<TlsMaterial, { context: SecureContext; sessions: Map<string, Buffer> }>();

/**
 * Connects to a receiver with TLS 1.3 and our client certificate, for one of its protocols (`alpnRsync`, `alpnControl`).
 * The receiver judges our certificate only after this: a refusal is its first answer.
 * @throws Failure with a ConnectReason as `code`
 */
export const connectReceiver = async (
  options: ReceiverAddress & { alpn: string; timeoutMs?: number },
): Promise<TLSSocket> => {
  const way = await options.open?.();
  return new Promise((resolve, reject) => {
    const { host, port, tls } = options;
    const where = `${host}:${port}`;
    const serverName = options.servername ?? tls.servername ?? host;
    const timeoutMs = options.timeoutMs ?? 10_000;
    let identity: { context: SecureContext; sessions: Map<string, Buffer> };
    try {
      identity = loadIdentity(tls);
    } catch (cause) {
      return reject(
        new Failure('CertificateInvalid', `connect to receiver ${where}: ${errorMessage(cause)}`, {
          cause,
          hint: 'check that ca.crt, tls.crt and tls.key are PEM texts that belong together',
        }),
      );
    }
    const session = identity.sessions.get(where);
    const socket = connect({
      ...(way ? { socket: way } : {}),
      host,
      port,
      lookup: lookupAddress,
      secureContext: identity.context,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [options.alpn],
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(session ? { session } : {}),
      checkServerIdentity: (_name, certificate) => checkServerIdentity(serverName, certificate),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    socket.on('session', (ticket) => keepSession(identity.sessions, where, ticket));
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      identity.sessions.delete(where);
      socket.destroy();
      reject(describeFailure(where, error));
    };
    socket.once('error', fail);
    const onClose = (): void => fail(new Error('the connection was closed during the handshake'));
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.off('close', onClose);
      if (socket.alpnProtocol === options.alpn) return resolve(socket);
      socket.destroy();
      reject(notAReceiver(where));
    });
  });
};

/** Addresses come and go: the oldest is forgotten for the newest. */
const keepSession = (sessions: Map<string, Buffer>, where: string, ticket: Buffer): void => {
  sessions.delete(where);
  const [oldest] = sessions.keys();
  if (sessions.size >= maxSessions && oldest !== undefined) sessions.delete(oldest);
  sessions.set(where, ticket);
};

const loadIdentity = (tls: TlsMaterial): { context: SecureContext; sessions: Map<string, Buffer> } => {
  const known = kept.get(tls);
  if (known) return known;
  const context = createSecureContext({ ca: tls.ca, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.3' });
  const identity = { context, sessions: new Map<string, Buffer>() };
  kept.set(tls, identity);
  return identity;
};

const notAReceiver = (where: string, cause?: unknown): Failure =>
  new Failure('Refused', `connect to receiver ${where}: what answers there is no receiver of ours`, {
    cause,
    hint: 'check the address and port of the target',
  });

const unverified =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CRL_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_TLS_CERT_ALTNAME)/;

const describeFailure = (where: string, cause: Error): Failure => {
  const code = errorCode(cause);
  if (unverified.test(code)) {
    return new Failure(
      'CertificateInvalid',
      `connect to receiver ${where}: its certificate is not valid: ${cause.message}`,
      {
        cause,
        hint: 'the receiver’s certificate must be issued by the same authority (ca.crt), name this host and not be expired',
      },
    );
  }
  if (code.includes('NO_APPLICATION_PROTOCOL') || code.includes('WRONG_VERSION') || code.includes('PACKET_LENGTH')) {
    return notAReceiver(where, cause);
  }
  if (code.startsWith('ERR_SSL_')) {
    return new Failure('Refused', `connect to receiver ${where}: ${cause.message}`, {
      cause,
      hint: 'look at the receiver’s log for the reason',
    });
  }
  return new Failure('TargetUnreachable', `connect to receiver ${where}: ${cause.message || code}`, {
    cause,
    hint: 'check that the receiver runs and that this host can reach it',
  });
};
