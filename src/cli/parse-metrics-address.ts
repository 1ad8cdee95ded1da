import { createServer } from 'node:net';
import { type HostPort, parseHostPort } from './parse-host-port.ts';

const canListen = ({ host, port }: HostPort): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/**
 * `--metrics` as an option of the halves: absent for `off`. What nobody asked for must keep nobody from starting: where
 * the default port is taken, any free one is used. @throws UsageFailure
 */
export const parseMetricsAddress = async (
  text: string | undefined,
  defaultPort: number,
): Promise<{ metrics?: HostPort }> => {
  if (text === 'off') return {};
  if (text !== undefined) return { metrics: parseHostPort('--metrics', text) };
  const preferred = { host: '127.0.0.1', port: defaultPort };
  return { metrics: (await canListen(preferred)) ? preferred : { ...preferred, port: 0 } };
};
