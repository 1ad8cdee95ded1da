import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  clockSkewMs,
  issueClientCertificate,
  issueOperatorCertificate,
  issueServerCertificate,
  type KeyPair,
} from '../certificates/authority.ts';
import { type CertificateLifetime, certificateLifetime, isDueForRenewal } from '../process/tls/certificate-expiry.ts';
import {
  type ClientIdentity,
  formatClientIdentity,
  isOperatorCertificate,
} from '../process/tls/certificate-identity.ts';
import type { Trust } from './authorities.ts';

/** The certificate that is wanted: a server's for DNS names and IP addresses, a client's, or the operator's own. */
export type LeafRequest =
  | { readonly kind: 'operator' }
  | { readonly kind: 'server'; readonly names: readonly string[] }
  | ({ readonly kind: 'client'; readonly commonName?: string } & ClientIdentity);

export type LeafVerdict = 'keep' | 'missing' | 'unreadable' | 'other-names' | 'untrusted' | 'due';

/** Why a certificate that is there can't stay, or that it can. Renewed when a third of its life is over. */
export const judgeLeaf = (
  existing: KeyPair | undefined,
  request: LeafRequest,
  trust: Trust,
  nowMs: number,
): LeafVerdict => {
  if (existing === undefined) return 'missing';
  const proof = proveOnce(existing, request, trust.bundle);
  if (typeof proof === 'string') return proof;
  const { notBeforeMs, notAfterMs } = proof;
  return isDueForRenewal({ notBeforeMs: notBeforeMs + clockSkewMs, notAfterMs }, nowMs, 1 / 3) ? 'due' : 'keep';
};

/** All that time doesn't change about a certificate: why it can't stay, or how long it lasts. */
type Proof = 'unreadable' | 'other-names' | 'untrusted' | CertificateLifetime;

/** By a hash of all that was asked: signatures are most of what a look at a SyncReplica costs, and hardly ever new. */
const proofs = new Map<string, Proof>();
const mostProofs = 50_000;

const proveOnce = (existing: KeyPair, request: LeafRequest, bundle: string): Proof => {
  const question = JSON.stringify([existing.cert, existing.key, request, bundle]);
  const asked = createHash('sha256').update(question).digest('base64url');
  const proof = proofs.get(asked) ?? prove(existing, request, bundle);
  if (proofs.size >= mostProofs) proofs.clear();
  proofs.set(asked, proof);
  return proof;
};

const prove = ({ cert, key }: KeyPair, request: LeafRequest, bundle: string): Proof => {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'unreadable';
  } catch {
    return 'unreadable';
  }
  if (!hasNames(certificate, request)) return 'other-names';
  if (!splitPem(bundle).some((pem) => isIssuedBy(certificate, pem))) return 'untrusted';
  return certificateLifetime(cert);
};

export interface Leaf extends KeyPair {
  /** `keep` where it is the one that was there. */
  readonly verdict: LeafVerdict;
}

/** The certificate that was there while it serves, else a new one signed by the authority in use. */
export const keepLeaf = async (
  existing: KeyPair | undefined,
  request: LeafRequest,
  trust: Trust,
  options: { readonly nowMs: number; readonly leafLifeMs: number },
): Promise<Leaf> => {
  const verdict = judgeLeaf(existing, request, trust, options.nowMs);
  if (verdict === 'keep' && existing) return { cert: existing.cert, key: existing.key, verdict };
  const leftMs = certificateLifetime(trust.signer.cert).notAfterMs - options.nowMs;
  const validity = { nowMs: options.nowMs, validForMs: Math.min(options.leafLifeMs, leftMs) };
  return { ...(await issue(trust.signer, request, validity)), verdict };
};

const issue = (
  signer: KeyPair,
  request: LeafRequest,
  validity: { readonly nowMs: number; readonly validForMs: number },
): Promise<KeyPair> => {
  if (request.kind === 'operator') return issueOperatorCertificate(signer, validity);
  if (request.kind === 'server') return issueServerCertificate(signer, { names: request.names, ...validity });
  return issueClientCertificate(signer, { ...request, ...validity });
};

/** Addresses are compared as addresses: node prints IPv6 in a form of its own. */
const hasNames = (certificate: X509Certificate, request: LeafRequest): boolean => {
  if (request.kind === 'operator') return isOperatorCertificate(certificate.subjectAltName);
  const present = certificate.subjectAltName?.split(', ') ?? [];
  if (request.kind === 'client') {
    return isDeepStrictEqual(
      present,
      formatClientIdentity(request).map((uri) => `URI:${uri}`),
    );
  }
  const isNamed = (name: string): boolean =>
    isIP(name) === 0 ? present.includes(`DNS:${name}`) : certificate.checkIP(name) !== undefined;
  return present.length === request.names.length && request.names.every(isNamed);
};

const isIssuedBy = (certificate: X509Certificate, authorityPem: string): boolean => {
  const authority = new X509Certificate(authorityPem);
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
};

const splitPem = (bundle: string): string[] =>
  bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
