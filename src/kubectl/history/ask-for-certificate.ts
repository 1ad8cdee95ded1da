import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatHistoryReader } from '../../api/history-reader.ts';
import { annotations } from '../../api/names.ts';
import type { TlsMaterial } from '../../api/settings/replication-settings.ts';
import { Failure } from '../../process/failure.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import type { Cluster } from '../open-cluster.ts';

const validForMs = 30 * 60_000;
const lookEveryMs = 200;
const patienceMs = 60_000;

/** A key that nobody else sees, with what the operator certifies of it. */
export interface Certified {
  readonly tls: TlsMaterial;
  /** Takes the wish back, where it is still this one. */
  withdraw(): Promise<void>;
}

/**
 * Has the operator certify a new key for reading the past of a SyncReplica, by the annotation that carries its public half.
 * @throws Failure `NotCertified`
 */
export const askForCertificate = async (cluster: Cluster, name: string): Promise<Certified> => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const now = (await cluster.connection.serverTime()) ?? Date.now();
  const wish = formatHistoryReader({ untilMs: now + validForMs, publicKey: spki });
  const isOurs = (given: Readonly<Record<string, string>> | undefined): boolean =>
    given?.[annotations.historyReader] === wish;
  await annotate(cluster, name, { [annotations.historyReader]: wish });
  const endAt = performance.now() + patienceMs;
  while (performance.now() < endAt) {
    const { metadata, status } = await fetchReplica(cluster, name);
    const given = status?.historyReader;
    if (given?.publicKey === spki) {
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return {
        tls: { ca: given.authorities, cert: given.certificate, key },
        withdraw: async () => {
          const { metadata: last } = await fetchReplica(cluster, name);
          if (isOurs(last.annotations)) await annotate(cluster, name, { [annotations.historyReader]: null });
        },
      };
    }
    // Somebody else may ask at the same time: theirs is served first.
    if (!isOurs(metadata.annotations) && status?.historyReader?.publicKey !== undefined)
      await annotate(cluster, name, { [annotations.historyReader]: wish });
    await sleep(lookEveryMs);
  }
  throw new Failure('NotCertified', `read the past of ${name}: the operator has given no certificate for it`, {
    hint: 'look whether it runs, and in this version: kubectl syncreplica doctor',
  });
};
