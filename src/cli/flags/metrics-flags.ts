import { metricsTlsFlag } from '../../api/names.ts';
import type { Flag } from './flag.ts';

export const metrics = (address: string): Flag => ({
  flag: '--metrics <host:port>',
  help: `where /metrics, /healthz, /readyz and /v1/status are served, or off (${address})`,
});

export const metricsLabels: Flag = {
  flag: '--metrics-labels <file>',
  help: 'labels of every metric, as JSON: {"labels":{"replica":"web"},"volumes":{"NAME OF THE VOLUME":"label volume"}}',
};

export const metricsTls: Flag = {
  flag: metricsTlsFlag,
  help: 'all of that but the probes over TLS only, with the certificate that is there',
};
