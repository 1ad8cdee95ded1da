import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../certificates/authority.ts';
import { errorMessage, Failure } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';
import type { MetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import type { CertificateSource } from '../../trust/certificate-source.ts';
import { type NamespaceView, type ReplicaLookup, type Review, reviewPod } from '../admission.ts';
import type { AgentSettings } from '../agent-container.ts';
import { warmUpReviews } from './warm-up.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';

/** Path of the MutatingWebhookConfiguration. */
export const webhookPath = '/mutate-pods';
/** The same for pods that must have an agent because their namespace says so. */
export const requiredPath = `${webhookPath}/required`;

export interface WebhookServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly certificate: CertificateSource;
  readonly lookup: ReplicaLookup;
  readonly agent: AgentSettings;
  readonly metrics: MetricsRegistry;
  readonly logger: Logger;
}

export interface WebhookServer {
  readonly port: number;
  /** Sends whoever is connected to connect again, which a Service leads to one that stays; what comes here all the same is answered. */
  retire(): void;
  /** Takes no more connections and resolves when the last request is answered. */
  close(): Promise<void>;
}

/** Objects of an apiserver are at most some 3 MiB; anything beyond is not from one. */
const maxBodyBytes = 8 * 1024 * 1024;
/** Longer than an apiserver keeps an idle connection (90 s), so that it never sends into one that is being closed. */
const keepAliveTimeoutMs = 120_000;

/**
 * Serves admission reviews over HTTPS. A new certificate counts for the next connection; running ones go on.
 * @throws Failure `NoCertificate`, `ListenFailed`
 */
export const startWebhookServer = async (options: WebhookServerOptions): Promise<WebhookServer> => {
  const { certificate, metrics, logger } = options;
  if (!certificate.current) throw new Failure('NoCertificate', 'serve webhook: there is no certificate yet');
  const { requests, duration, lookups } = createWebhookMetrics(metrics);

  await warmUpReviews(options.agent);
  let isLeaving = false;
  const review = async (body: string, isAsked: boolean): Promise<Review> => {
    const begun = performance.now();
    let lookedMs = 0;
    const look = async (namespace: string): Promise<NamespaceView> => {
      const asked = performance.now();
      const view = await options.lookup.look(namespace);
      lookedMs = performance.now() - asked;
      lookups.observe({ from: view.from }, lookedMs / 1000);
      return view;
    };
    const answer = await reviewPod(body, { look, isSynced: options.lookup.isSynced }, options.agent, isAsked);
    duration.observe((performance.now() - begun - lookedMs) / 1000);
    requests.inc({ result: answer.result });
    logReview(logger, answer);
    return answer;
  };
  const server = createServer(
    { ...secureContext(certificate.current), keepAliveTimeout: keepAliveTimeoutMs },
    (request, response) => {
      answer(request, response, review, () => isLeaving).catch((error: unknown) => {
        logger.warn({ reason: errorMessage(error) }, 'review not answered');
        response.destroy();
      });
    },
  );
  certificate.onChange((pair) => server.setSecureContext(secureContext(pair)));
  server.on('tlsClientError', (error) => logger.debug({ reason: error.message }, 'connection to the webhook failed'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Failure('ListenFailed', `listen on ${options.host}:${options.port} for the webhook: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  const retire = (): void => {
    isLeaving = true;
    server.closeIdleConnections();
  };
  return {
    port: (server.address() as AddressInfo).port,
    retire,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        retire();
      }),
  };
};

const secureContext = ({ cert, key }: KeyPair): { cert: string; key: string; minVersion: 'TLSv1.2' } => ({
  cert,
  key,
  minVersion: 'TLSv1.2',
});

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  review: (body: string, isAsked: boolean) => Promise<Review>,
  isLeaving: () => boolean,
): Promise<void> => {
  const { pathname } = new URL(request.url ?? '/', 'https://webhook');
  if (pathname !== webhookPath && pathname !== requiredPath) return end(response, 404);
  if (request.method !== 'POST') return end(response, 405);
  const body = await readBody(request);
  if (body === undefined) return end(response, 413);
  const { answer: text } = await review(body, pathname === requiredPath);
  if (text === undefined) return end(response, 400);
  const headers = { 'content-type': 'application/json', ...(isLeaving() ? { connection: 'close' } : {}) };
  response.writeHead(200, headers).end(JSON.stringify(text));
};

const end = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { connection: 'close' }).end();
};

const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const logReview = (logger: Logger, { result, about }: Review): void => {
  if (result === 'injected') logger.info(about, 'agent injected');
  else if (result === 'skipped') logger.debug(about, 'pod left as it is');
  else logger.warn({ result, ...about }, 'pod passed without an agent');
};
