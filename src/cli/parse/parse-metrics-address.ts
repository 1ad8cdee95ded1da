import type { ProbeAddress } from '../../process/http-server.ts';
import { parseHostPort } from './parse-host-port.ts';

/** `--metrics` as an option of the halves: absent for `off`. @throws UsageFailure */
export const parseMetricsAddress = (text: string | undefined, defaultPort: number): { metrics?: ProbeAddress } => {
  if (text === 'off') return {};
  if (text !== undefined) return { metrics: parseHostPort('--metrics', text) };
  return { metrics: { host: '127.0.0.1', port: defaultPort, orAnyPort: true } };
};
