import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { Failure } from '../process/failure.ts';
import {
  type ClientIdentity,
  formatClientIdentity,
  formatHistoryIdentity,
  isVolumeName,
  operatorIdentity,
} from '../process/tls/certificate-identity.ts';

/** PEM texts of a certificate and its private key (PKCS #8). */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** `nowMs` is wall-clock time; validity starts five minutes earlier, for clocks that don't agree. */
export interface Validity {
  readonly nowMs?: number;
  readonly validForMs?: number;
}

const day = 86_400_000;
/** How much earlier than its making a certificate begins to be valid. */
export const clockSkewMs = 300_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Makes a new certificate authority: ECDSA P-256, ten years unless said otherwise, able to sign leaves only. */
export const createAuthority = async (options: { name: string } & Validity): Promise<KeyPair> => {
  const keys = await makeKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerial(),
    name: [{ CN: [options.name] }],
    ...validity(options, 3650 * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${cert.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
};

/**
 * Issues a server's certificate for the DNS names and IP addresses given; 90 days unless said otherwise.
 * @throws Failure `AuthorityInvalid` when the authority's PEM can't be read
 */
export const issueServerCertificate = (
  authority: KeyPair,
  options: { names: readonly string[] } & Validity,
): Promise<KeyPair> =>
  issueLeaf(authority, {
    ...options,
    commonName: options.names[0] ?? 'syncreplica',
    usage: x509.ExtendedKeyUsage.serverAuth,
    names: options.names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name })),
  });

/**
 * Issues a client's certificate that names the volumes its holder may write; 90 days unless said otherwise.
 * @throws Failure `VolumeNameInvalid`, `AuthorityInvalid`
 */
export const issueClientCertificate = async (
  authority: KeyPair,
  options: ClientIdentity & { commonName?: string } & Validity,
): Promise<KeyPair> => {
  const bad = options.volumes.find((volume) => !isVolumeName(volume));
  if (bad !== undefined || options.volumes.length === 0) {
    throw new Failure('VolumeNameInvalid', `issue client certificate: ${JSON.stringify(bad ?? '')} is no volume name`, {
      hint: 'a volume name has letters, digits, ".", "_" and "-", begins and ends with a letter or digit, and is not "global"',
    });
  }
  return issueLeaf(authority, {
    ...options,
    commonName: options.commonName ?? options.volumes[0] ?? '',
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: formatClientIdentity(options).map((value) => ({ type: 'url', value })),
  });
};

/**
 * Issues the operator's client certificate; 90 days unless said otherwise.
 * @throws Failure `AuthorityInvalid`
 */
export const issueOperatorCertificate = (authority: KeyPair, options: Validity = {}): Promise<KeyPair> =>
  issueLeaf(authority, {
    ...options,
    commonName: 'syncreplica-operator',
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: [{ type: 'url', value: operatorIdentity }],
  });

/**
 * A client's certificate for a key that its holder has made and keeps, by which the past of volumes can be read.
 * @throws Failure `PublicKeyInvalid`, `AuthorityInvalid`
 */
export const issueHistoryCertificate = async (
  authority: KeyPair,
  { publicKey, volumes, ...options }: { publicKey: string; volumes: readonly string[] } & Validity,
): Promise<string> =>
  certify(authority, await importPublicKey(publicKey), {
    ...options,
    commonName: 'syncreplica-history',
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: formatHistoryIdentity(volumes).map((value) => ({ type: 'url', value })),
  });

/** `text` is base64 of an SPKI, of a key as ours are. */
const importPublicKey = async (text: string): Promise<webcrypto.CryptoKey> => {
  try {
    return await webcrypto.subtle.importKey('spki', Buffer.from(text, 'base64'), algorithm, true, ['verify']);
  } catch (cause) {
    throw new Failure('PublicKeyInvalid', 'issue certificate: the key is no public key of ECDSA P-256', { cause });
  }
};

interface LeafOptions extends Validity {
  readonly commonName: string;
  readonly usage: x509.ExtendedKeyUsage;
  readonly names: x509.JsonGeneralNames;
}

const issueLeaf = async (authority: KeyPair, options: LeafOptions): Promise<KeyPair> => {
  const keys = await makeKeys();
  return { cert: await certify(authority, keys.publicKey, options), key: await exportKey(keys.privateKey) };
};

const certify = async (authority: KeyPair, publicKey: webcrypto.CryptoKey, options: LeafOptions): Promise<string> => {
  const { issuer, signingKey } = await loadAuthority(authority);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: makeSerial(),
    // A common name has room for 64 characters (RFC 5280 ub-common-name); the names that count are the alternative ones.
    subject: [{ CN: [options.commonName.slice(0, 64)] }],
    issuer: issuer.subjectName,
    ...validity(options, 90 * day),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([options.usage]),
      new x509.SubjectAlternativeNameExtension(options.names),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return `${cert.toString('pem')}\n`;
};

const loadAuthority = async (
  authority: KeyPair,
): Promise<{ issuer: x509.X509Certificate; signingKey: webcrypto.CryptoKey }> => {
  try {
    const der = x509.PemConverter.decodeFirst(authority.key);
    return {
      issuer: new x509.X509Certificate(authority.cert),
      signingKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
    };
  } catch (cause) {
    throw new Failure('AuthorityInvalid', 'read certificate authority: its certificate or key is no valid PEM', {
      cause,
      hint: 'make a new authority, or give the ca.crt and ca.key that belong together',
    });
  }
};

const validity = (options: Validity, defaultMs: number): { notBefore: Date; notAfter: Date } => {
  const nowMs = options.nowMs ?? Date.now();
  return { notBefore: new Date(nowMs - clockSkewMs), notAfter: new Date(nowMs + (options.validForMs ?? defaultMs)) };
};

const makeKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

/** 16 random bytes, positive and without a leading zero (RFC 5280 §4.1.2.2). */
const makeSerial = (): string => {
  const bytes = webcrypto.getRandomValues(Buffer.alloc(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
};

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
