import { X509Certificate } from 'node:crypto';

export interface CertificateLifetime {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** When the first certificate of a PEM text begins and ends to be valid, ms since 1970. Throws on what is no certificate. */
export const certificateLifetime = (pem: string): CertificateLifetime => {
  const certificate = new X509Certificate(pem);
  return {
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
};

/** True once a certificate has used `fraction` of its lifetime (two thirds: time for several tries before it expires). */
export const isDueForRenewal = (lifetime: CertificateLifetime, nowMs: number, fraction = 2 / 3): boolean =>
  nowMs >= lifetime.notBeforeMs + (lifetime.notAfterMs - lifetime.notBeforeMs) * fraction;
