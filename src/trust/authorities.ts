import { clockSkewMs, type KeyPair } from '../certificates/authority.ts';
import { Failure } from '../process/failure.ts';
import { certificateLifetime } from '../process/tls/certificate-expiry.ts';
import { type Generation, judgeGenerations, type OverlapTiming } from './generations.ts';

/** All in ms. */
export interface TrustTiming {
  readonly authorityLifeMs: number;
  readonly leafLifeMs: number;
  /** How long a new authority is trusted before it signs. */
  readonly announceMs: number;
}

const day = 86_400_000;

/** A new authority every year, new leaves every month: each at a third of its life, with two thirds left to notice trouble. */
export const defaultTrustTiming: TrustTiming = { authorityLifeMs: 1095 * day, leafLifeMs: 90 * day, announceMs: day };

/** One of the operator's certificate authorities. */
export interface Authority extends KeyPair, Generation {}

/** What certificates are issued and checked with. */
export interface Trust {
  /** Signs new leaves, none of which may live longer than it does. */
  readonly signer: KeyPair;
  /** PEM of every authority to trust, the signer among them. */
  readonly bundle: string;
}

export interface AuthorityVerdict {
  /** Undefined where there is no valid authority. */
  readonly trust: Trust | undefined;
  /** What is to be kept; the rest has run out. */
  readonly kept: readonly Authority[];
  readonly isNewNeeded: boolean;
}

/** Which authorities count now. Old and new are both trusted until the last leaf of the old one has expired. */
export const judgeAuthorities = (
  authorities: readonly Authority[],
  nowMs: number,
  timing: TrustTiming,
): AuthorityVerdict => {
  const { inUse, accepted, isNewNeeded } = judgeGenerations(authorities, nowMs, overlapOf(timing));
  const trust = inUse && { signer: inUse, bundle: accepted.map(({ cert }) => `${cert.trim()}\n`).join('') };
  return { trust, kept: accepted, isNewNeeded };
};

const overlapOf = (timing: TrustTiming): OverlapTiming => ({
  renewAfterMs: timing.authorityLifeMs / 3,
  announceMs: timing.announceMs,
  retireAfterMs: timing.leafLifeMs,
});

/** The authority of a key pair, its times read from the certificate. Throws on what is no certificate. */
export const toAuthority = ({ cert, key }: KeyPair): Authority => {
  const { notBeforeMs, notAfterMs } = certificateLifetime(cert);
  return { cert, key, createdAtMs: notBeforeMs + clockSkewMs, expiresAtMs: notAfterMs };
};

/** Keys of the Secret: all key pairs for the operator, and what is trusted for whoever wants to look. */
export const authorityKeys = { pairs: 'authorities.json', bundle: 'ca.crt' } as const;

export const formatAuthorities = (authorities: readonly Authority[]): string =>
  JSON.stringify(authorities.map(({ cert, key }) => ({ cert, key })));

/** @throws Failure `AuthoritiesInvalid` */
export const parseAuthorities = (text: string): Authority[] => {
  try {
    const pairs: unknown = JSON.parse(text);
    if (!Array.isArray(pairs)) throw new TypeError('no list');
    return pairs.map(toAuthority);
  } catch (cause) {
    throw new Failure('AuthoritiesInvalid', `read ${authorityKeys.pairs}: it holds no list of certificates and keys`, {
      cause,
      hint: 'restore the Secret from a backup; deleting it makes a new authority, and agents reconnect when they have it',
    });
  }
};
