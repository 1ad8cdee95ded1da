import { type HistoryReaderWish, parseHistoryReader } from '../../api/history-reader.ts';
import { annotations } from '../../api/names.ts';
import type { SyncReplica, SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import { issueHistoryCertificate } from '../../certificates/authority.ts';
import { errorCode } from '../../process/failure.ts';
import type { Trust } from '../../trust/authorities.ts';

export type HistoryReader = NonNullable<SyncReplicaStatus['historyReader']>;

/**
 * The certificate that was asked for by annotation: the one that the status has, or a new one. It is of no use without its
 * key, which we never see.
 */
export const keepHistoryReader = async (
  { metadata, status }: SyncReplica,
  volumes: readonly string[],
  trust: Trust,
  nowMs: number,
): Promise<HistoryReader | undefined> => {
  const wish = parseHistoryReader(metadata.annotations?.[annotations.historyReader], nowMs);
  if (!wish || volumes.length === 0) return undefined;
  const about = { until: new Date(wish.untilMs).toISOString(), publicKey: wish.publicKey, authorities: trust.bundle };
  const present = status?.historyReader;
  const isGood =
    present?.until === about.until && present.publicKey === about.publicKey && present.authorities === trust.bundle;
  if (isGood) return present;
  const certificate = await issue(wish, volumes, trust, nowMs);
  return certificate === undefined ? undefined : { ...about, certificate };
};

/** Undefined for what is no key. */
const issue = async (
  { publicKey, untilMs }: HistoryReaderWish,
  volumes: readonly string[],
  trust: Trust,
  nowMs: number,
): Promise<string | undefined> => {
  try {
    return await issueHistoryCertificate(trust.signer, { publicKey, volumes, nowMs, validForMs: untilMs - nowMs });
  } catch (error) {
    if (errorCode(error) === 'PublicKeyInvalid') return undefined;
    throw error;
  }
};
