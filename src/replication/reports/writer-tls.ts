import { agentSecretName, credentialFiles } from '../../api/names.ts';
import type { TlsMaterial } from '../../api/replication-settings.ts';
import type { Caches } from '../../caches/caches.ts';
import { decodeSecret } from '../secret-data.ts';
import type { SourceVolume } from '../source-volumes.ts';
import type { Reporter } from './reports.ts';

/** What the agents of a receiver's source volume show; undefined while it has no Secret. */
export const writerTlsOf = (
  caches: Pick<Caches, 'secrets'>,
  { namespace, pod, replica }: Reporter,
  volumes: readonly SourceVolume[],
): TlsMaterial | undefined => {
  const ordinal = Number(/-(\d+)$/.exec(pod)?.[1]);
  const volume = volumes.find((one) => one.ordinal === ordinal);
  const secret = volume && caches.secrets.get(`${namespace}/${agentSecretName(replica, volume.name)}`);
  const { [credentialFiles.ca]: ca, [credentialFiles.cert]: cert, [credentialFiles.key]: key } = decodeSecret(secret);
  return ca && cert && key ? { ca, cert, key } : undefined;
};
