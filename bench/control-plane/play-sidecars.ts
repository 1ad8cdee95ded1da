import { createServer as createHttpsServer } from 'node:https';
import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext, type TLSSocket } from 'node:tls';
import type { VolumeStatus } from '../../sidecar/protocol/control.ts';
import { alpnControl } from '../../sidecar/protocol/control.ts';
import { type ControlActions, createControlApi } from '../../sidecar/receiver/control/control-api.ts';
import { ports } from '../../src/api/names.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { parseClientIdentity } from '../../src/process/tls/certificate-identity.ts';
import type { PlayedAgents } from './play-agents.ts';

export interface PlayedSidecars {
  /** Nobody answers any more, as behind a network that is cut; and everybody again. */
  cut(isCut: boolean): void;
  stop(): void;
}

/** By the name that a client asks for: what the one who has it shows. */
export type FindCertificate = (servername: string) => { ca: string; cert: string; key: string } | undefined;

/**
 * All receivers and agents behind one port each: every pod has an address of its own on this machine. They show the certificates
 * that the operator made, ask for its own, and speak by the receiver's own code; only what they tell is made up.
 */
export const playSidecars = async (agents: PlayedAgents): Promise<PlayedSidecars> => {
  let isCut = false;
  const hung = new Set<Socket>();
  const hang = (): Promise<never> => new Promise(() => {});
  const contexts = new Map<string, SecureContext>();
  const contextOf = (servername: string): SecureContext | undefined => {
    const found = agents.certificateOf(servername);
    if (!found) return undefined;
    const known = contexts.get(found.cert) ?? createSecureContext({ ...found, minVersion: 'TLSv1.3' });
    contexts.set(found.cert, known);
    return known;
  };
  const tls = {
    requestCert: true,
    rejectUnauthorized: true,
    SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
      const context = contextOf(name);
      done(context ? null : new Error(`no certificate for ${name} yet`), context);
    },
  };
  const status = (volume: string): Promise<VolumeStatus> =>
    isCut ? hang() : Promise.resolve(agents.volumeStatus(volume));
  const api = createControlApi(
    // The operator asks for nothing else.
    { status } as ControlActions,
    () => false,
    silentLogger,
  );
  const receivers = createTlsServer({ ...tls, ALPNProtocols: [alpnControl] }, (socket: TLSSocket) => {
    api.serve(socket, parseClientIdentity(socket.getPeerCertificate().subjectaltname));
  });
  const agentApi = createHttpsServer(tls, (request, response) => {
    const address = plain(request.socket.localAddress);
    if (isCut || agents.isSilent(address)) return;
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      if (request.method === 'PUT') agents.takeSettings(address, JSON.parse(body));
      response.end(request.method === 'PUT' ? '' : JSON.stringify(agents.agentStatus(address)));
    });
  });
  for (const server of [receivers, agentApi]) server.on('tlsClientError', () => {});
  const entrance = (inner: { emit(name: 'connection', socket: Socket): boolean }): Server =>
    createNetServer((socket) => {
      socket.on('error', () => {});
      if (!isCut && !agents.isSilent(plain(socket.localAddress))) return void inner.emit('connection', socket);
      hung.add(socket);
      socket.on('close', () => hung.delete(socket));
    });
  const servers = [await listen(entrance(receivers), ports.receiver), await listen(entrance(agentApi), ports.agentApi)];
  return {
    cut(next) {
      isCut = next;
      for (const socket of next ? [] : hung) socket.destroy();
    },
    stop() {
      for (const server of servers) server.close();
    },
  };
};

const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');

const listen = (server: Server, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '0.0.0.0', port, backlog: 4_096 }, () => resolve(server));
  });
