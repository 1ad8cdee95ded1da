import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StillOrder } from '../checkpoints/call-still.ts';

/** What an application answers its agent with, which asks it to be still; `obey` gives the HTTP status. */
export const serveStill = async (
  obey: (order: StillOrder['order']) => number,
): Promise<{ readonly url: string; close(): void }> => {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    request.once('end', () => response.writeHead(obey((JSON.parse(text) as StillOrder).order)).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/still`,
    close: () => void server.close(),
  };
};
