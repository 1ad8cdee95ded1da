import { request } from 'node:http';
import { errorMessage, Failure } from '../../../src/process/failure.ts';

/** What an application is told: to write nothing from its answer on, or that it may write again. */
export type StillOrder = { readonly order: 'BeStill'; readonly timeoutSeconds: number } | { readonly order: 'GoOn' };

/**
 * POSTs an order to the application; resolves once it has answered 2xx. A redirect is an answer as bad as any other.
 * @throws Failure `NotStill`
 */
export const callStill = (url: string, order: StillOrder, timeoutMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Failure('NotStill', `tell ${url} ${order.order}: ${why}`));
    const within = AbortSignal.timeout(Math.max(1, timeoutMs));
    const body = Buffer.from(JSON.stringify(order));
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(
      url,
      { method: 'POST', headers, agent: false, signal: signal ? AbortSignal.any([signal, within]) : within },
      (response) => {
        response.once('error', (error) => fail(errorMessage(error))).resume();
        const { statusCode = 0 } = response;
        response.once('end', () =>
          statusCode >= 200 && statusCode < 300 ? resolve() : fail(`it answered ${statusCode}`),
        );
      },
    );
    sent.once('error', (error) =>
      fail(error.name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : errorMessage(error)),
    );
    sent.end(body);
  });
