/**
 * What a client certificate of ours says: which volumes its holder may write, and optionally whose agent it is.
 * Carried as URI subject alternative names (RFC 5280 §4.2.1.6), so that every TLS library can show it.
 */
export interface ClientIdentity {
  readonly volumes: readonly string[];
  readonly replica?: { readonly namespace: string; readonly name: string };
  /** Volumes whose past may be read, and nothing else. */
  readonly history?: readonly string[];
  /** It is the installation's own operator: it reads, and writes no volume. */
  readonly isOperator?: true;
}

const volumePrefix = 'urn:syncreplica:volume:';
const replicaPrefix = 'urn:syncreplica:replica:';
/** A receiver of an earlier version reads it as no volume. */
const historyPrefix = 'urn:syncreplica:history:';

/** A volume is also an rsync module and part of a URL: letters, digits, `.` `_` `-`, not `global` (rsyncd's own section). */
export const isVolumeName = (name: string): boolean =>
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(name) && name.toLowerCase() !== 'global';

export const formatClientIdentity = (identity: ClientIdentity): string[] => [
  ...identity.volumes.map((volume) => volumePrefix + volume),
  ...(identity.replica ? [`${replicaPrefix}${identity.replica.namespace}/${identity.replica.name}`] : []),
];

/** What somebody shows who may only read the past of these volumes. */
export const formatHistoryIdentity = (volumes: readonly string[]): string[] =>
  volumes.map((volume) => historyPrefix + volume);

/** Reads node's text of the subject alternative names (`URI:…, DNS:…`); what is not ours or not plain is left out. */
export const parseClientIdentity = (subjectAltName: string | undefined): ClientIdentity => {
  if (isOperatorCertificate(subjectAltName)) return { volumes: [], isOperator: true };
  const uris = (subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('URI:'))
    .map((entry) => entry.slice(4));
  const named = (prefix: string): string[] =>
    uris.flatMap((uri) => (uri.startsWith(prefix) ? [uri.slice(prefix.length)] : [])).filter(isVolumeName);
  const volumes = named(volumePrefix);
  const history = named(historyPrefix);
  if (history.length > 0) return { volumes: [], history };
  const replica = uris
    .map((uri) => /^urn:syncreplica:replica:([a-z0-9.-]+)\/([a-z0-9.-]+)$/.exec(uri))
    .find((match) => match !== null);
  return replica?.[1] && replica[2] ? { volumes, replica: { namespace: replica[1], name: replica[2] } } : { volumes };
};

/** What the operator's own client certificate says: it may ask for status and push settings, and writes no volume. */
export const operatorIdentity = 'urn:syncreplica:operator';

/** True for the operator's certificate, by node's text of the subject alternative names. */
export const isOperatorCertificate = (subjectAltName: string | undefined): boolean =>
  subjectAltName === `URI:${operatorIdentity}`;
