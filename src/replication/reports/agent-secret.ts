import { agentSecretName, credentialFiles, settingsKey } from '../../api/names.ts';
import type { ReplicationSettings, TlsMaterial } from '../../api/settings/replication-settings.ts';
import type { Caches } from '../../caches/caches.ts';
import { parseSettings } from '../desired/settings.ts';
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
  const texts = volume ? textsOf(caches, { namespace, replica }, volume.name) : {};
  const { [credentialFiles.ca]: ca, [credentialFiles.cert]: cert, [credentialFiles.key]: key } = texts;
  return ca && cert && key ? { ca, cert, key } : undefined;
};

/** What the cache has of the settings that agents of a volume are told. */
export const settingsIn = (
  caches: Pick<Caches, 'secrets'>,
  reporter: Pick<Reporter, 'namespace' | 'replica'>,
  volume: string,
): ReplicationSettings | undefined => parseSettings(textsOf(caches, reporter, volume)[settingsKey(volume)]);

const textsOf = (
  caches: Pick<Caches, 'secrets'>,
  { namespace, replica }: Pick<Reporter, 'namespace' | 'replica'>,
  volume: string,
): Record<string, string> => decodeSecret(caches.secrets.get(`${namespace}/${agentSecretName(replica, volume)}`));
