import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsMaterial } from '../../src/api/settings/replication-settings.ts';
import { errorMessage } from '../../src/process/failure.ts';
import type { Logger } from '../../src/process/log/logger.ts';

/** What the operator asks of an agent: HTTPS, TLS 1.3, a client certificate of the same CA. */
export interface AgentApi {
  readonly port: number;
  close(): Promise<void>;
}

export interface AgentApiOptions {
  readonly host: string;
  readonly port: number;
  /** Asked again and again; it may throw while its files are not there or can't be read. */
  readonly tls: () => TlsMaterial;
  readonly logger: Logger;
  /** Whether the holder of a client certificate with these names may ask. */
  readonly allows: (socket: import('node:tls').TLSSocket) => boolean;
  readonly status: () => unknown;
  /** Who holds and who waits for which path. */
  readonly locks: () => unknown;
  /** Takes settings as JSON. @throws with a message that says what is wrong */
  readonly update: (settings: unknown) => Promise<void>;
}

const reloadMs = 5_000;
const maxBody = 4 * 1024 * 1024;

/** Serves GET /v1/status, GET /debug/locks and PUT /v1/settings, from when there is a certificate on. */
export async function startAgentApi(options: AgentApiOptions): Promise<AgentApi> {
  const server = createServer(
    { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      answer(options, request, response).catch((error: unknown) =>
        send(response, 400, { message: errorMessage(error) }),
      );
    },
  );
  server.on('tlsClientError', () => {});
  const renew = renewalOf(server, options);
  renew();
  await listen(server, options);
  const reload = setInterval(renew, reloadMs);
  reload.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        clearInterval(reload);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Takes up a new certificate. The last goes on while none can be read: its Secret may be gone, replaced just now, or no file can be
 * opened; and who was told no more than that its SyncReplica is over has none at all.
 */
function renewalOf(server: Server, { tls, logger }: AgentApiOptions): () => void {
  let material: TlsMaterial | undefined;
  let isMissed = false;
  return () => {
    try {
      const now = tls();
      isMissed = false;
      if (now.cert === material?.cert && now.ca === material.ca) return;
      const { ca, cert, key } = now;
      server.setSecureContext({ ca, cert, key, minVersion: 'TLSv1.3' });
      material = now;
    } catch (error) {
      if (!isMissed) logger.warn({ reason: errorMessage(error) }, 'no new certificate of the API can be read');
      isMissed = true;
    }
  };
}

function listen(server: Server, { host, port }: AgentApiOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

async function answer(options: AgentApiOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!options.allows(request.socket as import('node:tls').TLSSocket)) {
    send(response, 403, { message: 'this certificate may not ask an agent' });
  } else if (request.method === 'GET' && request.url === '/v1/status') send(response, 200, options.status());
  else if (request.method === 'GET' && request.url === '/debug/locks') send(response, 200, options.locks());
  else if (request.method === 'PUT' && request.url === '/v1/settings') {
    await options.update(JSON.parse(await read(request)));
    send(response, 200, options.status());
  } else send(response, 404, { message: 'ask GET /v1/status, GET /debug/locks or PUT /v1/settings' });
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Error('read settings: larger than 4 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
