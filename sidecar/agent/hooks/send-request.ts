import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { errorMessage } from '../../../src/process/failure.ts';
import type { HookRequest } from './hook-message.ts';
import type { CallResult } from './judge-call.ts';

const longestRetryAfterMs = 3_600_000;

/** Sends it and reads nothing of the answer but how it ended. A redirect is not followed: it would lead headers elsewhere. */
export const sendRequest = (
  { url, method, headers, body }: HookRequest,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<CallResult> =>
  new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ kind: 'failed', message: errorMessage(error) });
    try {
      const bytes = Buffer.from(body, 'utf8');
      const send = url.startsWith('https:') ? requestHttps : requestHttp;
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const sent = send(
        url,
        { method, headers: { ...headers, 'content-length': bytes.length }, signal: within, agent: false },
        (response) => {
          response.once('error', fail).resume();
          response.once('end', () =>
            resolve({
              kind: 'answered',
              status: response.statusCode ?? 0,
              retryAfterMs: retryAfterOf(response.headers['retry-after']),
            }),
          );
        },
      );
      sent.once('error', fail);
      sent.end(bytes);
    } catch (error) {
      fail(error);
    }
  });

/** In seconds; a date is not waited for. */
const retryAfterOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Math.min(Number(text) * 1_000, longestRetryAfterMs) : undefined;
