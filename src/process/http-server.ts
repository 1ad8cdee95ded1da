import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCode, errorMessage, Failure } from './failure.ts';
import type { MetricsRegistry } from './metrics/metrics-registry.ts';
import { type ServerPair, serveTlsOrPlain } from './tls/tls-or-plain.ts';

/** `ok` false is answered 503; `detail` is what a person reads, never a secret. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly detail?: object;
}

export interface ProbeAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Any free one where that port is taken: what nobody asked for must keep nobody from starting. */
  readonly orAnyPort?: boolean;
}

export interface ProbeServerOptions extends ProbeAddress {
  readonly metrics: MetricsRegistry;
  /** Where it is given, all but the probes is answered over TLS only, on the same port. */
  readonly tls?: (() => ServerPair | undefined) | undefined;
  /** Is the process worth keeping? Answered at /healthz. */
  health(): ProbeResult;
  /** Does it do its work? Answered at /readyz. */
  ready(): ProbeResult;
  /** Further GET pages by path, e.g. `/debug/locks`; each gives what is sent as JSON. */
  readonly pages?: Readonly<Record<string, (query: URLSearchParams) => unknown>>;
}

export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves /metrics, /healthz, /readyz and `pages`, over plain HTTP where it is given no certificate.
 * @throws Failure `ListenFailed`
 */
export const startProbeServer = async (options: ProbeServerOptions): Promise<ProbeServer> => {
  const listener: RequestListener = (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`${errorMessage(error)}\n`);
    });
  };
  const server = createServer(listener);
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 10_000;
  const both = options.tls && (await serveTlsOrPlain(server, listener, options.tls));
  const { front, closeAllConnections } = both ?? {
    front: server,
    closeAllConnections: () => server.closeAllConnections(),
  };
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      front.once('error', reject);
      front.listen(port, options.host, () => {
        front.off('error', reject);
        resolve();
      });
    });
  await listen(options.port)
    .catch((error: unknown) => {
      if (options.orAnyPort && errorCode(error) === 'EADDRINUSE') return listen(0);
      throw error;
    })
    .catch((cause: unknown) => {
      throw new Failure(
        'ListenFailed',
        `listen on ${options.host}:${options.port} for metrics: ${errorMessage(cause)}`,
        { cause, hint: 'choose another address or port for metrics' },
      );
    });
  return {
    port: (front.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        front.close(() => resolve());
        closeAllConnections();
      }),
  };
};

const answer = async (
  options: ProbeServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const url = new URL(request.url ?? '/', 'http://probe');
  const page = options.pages?.[url.pathname];
  const isProbe = url.pathname === '/healthz' || url.pathname === '/readyz';
  if (options.tls !== undefined && !isProbe && !('encrypted' in request.socket)) {
    response.writeHead(403, { 'content-type': 'text/plain' }).end('ask over TLS: https://\n');
  } else if (url.pathname === '/metrics') {
    const text = await options.metrics.render();
    response.writeHead(200, { 'content-type': options.metrics.contentType }).end(text);
  } else if (url.pathname === '/healthz') sendProbe(response, options.health());
  else if (url.pathname === '/readyz') sendProbe(response, options.ready());
  else if (page) sendJson(response, 200, await page(url.searchParams));
  else response.writeHead(404).end();
};

const sendProbe = (response: ServerResponse, result: ProbeResult): void =>
  sendJson(response, result.ok ? 200 : 503, { ok: result.ok, ...result.detail });

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};
