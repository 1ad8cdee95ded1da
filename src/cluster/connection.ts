import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { Failure } from '../process/failure.ts';
import { type ApiStatus, ClusterError, errorOfStatus } from './cluster-error.ts';
import { openPortForward } from './port-forward.ts';

export type { KubeConfig } from '@kubernetes/client-node';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Silence after which the request is given up; default 30 s. */
  readonly idleTimeoutMs?: number;
  /** For messages: `verb object`. */
  readonly what: string;
}

/** Requests to one API server over kept-alive connections. */
export interface Connection {
  /** @throws ClusterError */
  send<T>(request: ApiRequest): Promise<T>;
  /** The lines of an answer that goes on, parsed. @throws ClusterError */
  stream<T>(request: ApiRequest): AsyncIterable<T>;
  /** The same, as they are. @throws ClusterError */
  lines(request: ApiRequest): AsyncIterable<string>;
  /** The API server's wall clock by its answers' header, to the second; undefined where it does not say. */
  serverTime(): Promise<number | undefined>;
  /** To a port of a pod. @throws ClusterError */
  forward(place: { readonly namespace: string; readonly pod: string; readonly port: number }): Promise<Duplex>;
  close(): void;
}

/**
 * In a pod the service account, else $KUBECONFIG or ~/.kube/config; or the file and the context that a person chose.
 * @throws Failure `NoCluster`
 */
export const loadKubeConfig = (
  chosen: { readonly file?: string | undefined; readonly context?: string | undefined } = {},
): KubeConfig => {
  const config = new KubeConfig();
  try {
    if (chosen.file === undefined) config.loadFromDefault();
    else config.loadFromFile(chosen.file);
    if (chosen.context !== undefined) config.setCurrentContext(chosen.context);
  } catch (cause) {
    throw new Failure('NoCluster', 'load kubeconfig: it can’t be read', { cause, hint: 'look at $KUBECONFIG' });
  }
  if (!config.getCurrentCluster()) {
    throw new Failure('NoCluster', 'load kubeconfig: it names no current cluster', {
      hint: 'set current-context, or run in a pod with a service account',
    });
  }
  return config;
};

/** Speaks over node's own HTTP client: the generated one of the package opens a new TLS connection for every request. */
export const connect = (config: KubeConfig, userAgent = 'syncreplica-operator'): Connection => {
  const server = config.getCurrentCluster()?.server ?? '';
  const isTls = server.startsWith('https:');
  let agent: { readonly key: string; readonly value: HttpAgent } | undefined;

  /** Credentials are asked for each time (tokens rotate); connections are kept while the key material stays. */
  const authorize = async (): Promise<RequestOptions> => {
    const options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer; rejectUnauthorized?: boolean } = {};
    await config.applyToHTTPSOptions(options as never);
    const headers = { ...(options.headers as Record<string, string> | undefined) };
    const auth = typeof options.auth === 'string' ? { auth: options.auth } : {};
    if (config.getCurrentCluster()?.proxyUrl) return { headers, ...auth, agent: options.agent as HttpAgent };
    const { ca, cert, key, rejectUnauthorized } = options;
    // A server that is reached by another address than its certificate names.
    const servername = config.getCurrentCluster()?.tlsServerName;
    const identity = [ca, cert, key].map((bytes) => bytes?.toString('latin1') ?? '').join('\n');
    if (agent?.key !== identity) {
      agent?.value.destroy();
      const tls = {
        ...{ ca, cert, key },
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
        ...(servername === undefined ? {} : { servername }),
      };
      const keep = { keepAlive: true, keepAliveMsecs: 15_000, maxSockets: 64 };
      agent = { key: identity, value: isTls ? new HttpsAgent({ ...keep, ...tls }) : new HttpAgent(keep) };
    }
    return { headers, ...auth, agent: agent.value };
  };

  const open = async (request: ApiRequest): Promise<IncomingMessage> => {
    const url = new URL(server.replace(/\/$/, '') + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { headers, ...options } = await authorize();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const send = isTls ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(unreachable(request, cause));
      const outgoing = send(url, {
        ...options,
        method: request.method,
        headers: {
          ...(headers as Record<string, string>),
          accept: request.accept ?? 'application/json',
          'user-agent': userAgent,
          ...(body === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
        ...(request.signal ? { signal: request.signal } : {}),
      });
      outgoing.setTimeout(request.idleTimeoutMs ?? 30_000, () =>
        outgoing.destroy(new Error(`no answer for ${request.idleTimeoutMs ?? 30_000} ms`)),
      );
      outgoing.once('error', fail);
      outgoing.once('response', resolve);
      outgoing.end(body);
    });
  };

  const openSuccessful = async (request: ApiRequest): Promise<IncomingMessage> => {
    const response = await open(request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw errorOfStatus(request.what, status, parseStatus(await readText(request, response)));
  };

  return {
    async send<T>(request: ApiRequest) {
      const response = await openSuccessful(request);
      const text = await readText(request, response);
      return parseJson<T>(request, text);
    },
    async *stream<T>(request: ApiRequest) {
      for await (const line of streamLines(request, () => openSuccessful(request))) {
        if (line.trim() !== '') yield parseJson<T>(request, line);
      }
    },
    lines: (request) => streamLines(request, () => openSuccessful(request)),
    async serverTime() {
      const response = await openSuccessful({ method: 'GET', path: '/version', what: 'get version' });
      response.resume();
      const time = Date.parse(response.headers.date ?? '');
      return Number.isNaN(time) ? undefined : time;
    },
    forward: (place) => openPortForward(config, place),
    close: () => agent?.value.destroy(),
  };
};

const unreachable = (request: ApiRequest, cause: unknown): ClusterError =>
  new ClusterError('unreachable', `${request.what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });

const readText = async (request: ApiRequest, response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw unreachable(request, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = <T>(request: ApiRequest, text: string): T => {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ClusterError('server', `${request.what}: the API server's answer is no JSON`, { cause });
  }
};

const parseStatus = (text: string): ApiStatus | undefined => {
  try {
    return JSON.parse(text) as ApiStatus;
  } catch {
    return undefined;
  }
};

async function* streamLines(request: ApiRequest, openStream: () => Promise<IncomingMessage>): AsyncGenerator<string> {
  const response = await openStream();
  // Bytes are joined before they are decoded: a character may lie across two chunks.
  let rest: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
        rest = [];
        start = end + 1;
        yield line;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
    }
  } catch (cause) {
    if (cause instanceof ClusterError) throw cause;
    throw unreachable(request, cause);
  } finally {
    response.destroy();
  }
}
