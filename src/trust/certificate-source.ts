import type { KeyPair } from '../certificates/authority.ts';
import type { MetricsRegistry } from '../process/metrics/metrics-registry.ts';
import { certificateLifetime } from '../process/tls/certificate-expiry.ts';

/** A certificate that its owner replaces from time to time. */
export interface CertificateSource {
  /** Undefined before the first. */
  readonly current: KeyPair | undefined;
  /** Called with every replacement. */
  onChange(listen: (pair: KeyPair) => void): void;
}

/** Shows when each certificate ends to be valid; read at scrape, so that a source that is stuck shows too. */
export const exposeCertificateExpiry = (
  registry: MetricsRegistry,
  sources: Readonly<Record<string, () => string | undefined>>,
): void => {
  registry.gauge({
    name: 'syncreplica_certificate_expiry_timestamp_seconds',
    help: 'When a certificate of the operator ends to be valid, seconds since 1970.',
    labelNames: ['certificate'],
    collect() {
      for (const [certificate, pemOf] of Object.entries(sources)) {
        const pem = pemOf();
        if (pem !== undefined) this.set({ certificate }, certificateLifetime(pem).notAfterMs / 1000);
      }
    },
  });
};
