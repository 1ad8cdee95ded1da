import { agentSecretName, agentSettingsVolume, apiGroup, credentialFiles, settingsKey } from '../../api/names.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import type { Secret } from '../../cluster/objects.ts';
import { secrets } from '../../cluster/resources.ts';
import { ownedMeta, type ReplicaIdentity } from '../identity.ts';
import type { Observed } from '../observed.ts';
import { decodeSecret, encodeSecret } from '../secret-data.ts';
import type { RememberedVolume, SourceVolume } from '../source-volumes.ts';
import { type DesiredObject, desired } from './desired-object.ts';
import { type Material, materialKeys } from './material.ts';
import { parseSettings } from './settings.ts';

/** On an agents' Secret: JSON of the ordinals of the source volumes whose settings it holds. */
const volumesAnnotation = `${apiGroup}/volumes`;

export interface AgentSecretsQuestion {
  readonly observed: Observed;
  readonly identity: ReplicaIdentity;
  readonly volumes: readonly SourceVolume[];
  readonly material: Material;
  /** By volume name. */
  readonly settings: ReadonlyMap<string, ReplicationSettings>;
}

/**
 * One Secret for each source volume: its settings, what its agents serve their API with, and what they show to receivers.
 * What pods mount that were injected before their volume had a name, or by an earlier version, is written beside it.
 */
export const agentSecrets = (question: AgentSecretsQuestion): DesiredObject[] => {
  const held = new Map<string, SourceVolume[]>();
  for (const volume of question.volumes) {
    for (const name of secretNames(question, volume)) held.set(name, [...(held.get(name) ?? []), volume]);
  }
  return [...held].map(([name, volumes]) => agentSecret(question, name, volumes));
};

const secretNames = ({ observed, identity }: AgentSecretsQuestion, volume: SourceVolume): ReadonlySet<string> => {
  const mounted = volume.pods.flatMap((name) => {
    const pod = observed.pods.find(({ metadata }) => metadata?.name === name);
    return (pod?.spec?.volumes ?? []).flatMap((one) =>
      one.name === agentSettingsVolume(identity.name) ? (one.secret?.secretName ?? []) : [],
    );
  });
  return new Set([agentSecretName(identity.name, volume.name), ...mounted]);
};

const agentSecret = (
  { identity, material, settings }: AgentSecretsQuestion,
  name: string,
  volumes: readonly SourceVolume[],
): DesiredObject => {
  const agent = material.agents.get(volumes[0]?.name ?? '');
  const texts = {
    [credentialFiles.ca]: material.bundle,
    [credentialFiles.cert]: agent?.server.cert ?? '',
    [credentialFiles.key]: agent?.server.key ?? '',
    [materialKeys.clientCert]: agent?.client.cert ?? '',
    [materialKeys.clientKey]: agent?.client.key ?? '',
    ...Object.fromEntries(
      volumes.flatMap((volume) => {
        const value = settings.get(volume.name);
        return value ? [[settingsKey(volume.name), JSON.stringify(value)]] : [];
      }),
    ),
  };
  const ordinals = Object.fromEntries(volumes.map((volume) => [volume.name, volume.ordinal]));
  const metadata = {
    ...ownedMeta(identity, name, 'agent-settings'),
    annotations: { [volumesAnnotation]: JSON.stringify(ordinals) },
  };
  return desired(secrets, { metadata: metadata as never, type: 'Opaque', data: encodeSecret(texts) } satisfies Secret);
};

/** The Secrets that agents have now. */
export const findAgentSecrets = ({ owned }: Pick<Observed, 'owned'>): Secret[] =>
  owned.secrets.filter(({ metadata }) => metadata?.annotations?.[volumesAnnotation] !== undefined);

/** The volumes that the agents' Secrets were last written for. */
export const rememberedVolumes = (observed: Pick<Observed, 'owned'>): RememberedVolume[] => {
  const found = findAgentSecrets(observed).flatMap(({ metadata }) =>
    readOrdinals(metadata?.annotations?.[volumesAnnotation]),
  );
  return [...new Map(found.map((volume) => [volume.name, volume])).values()];
};

const readOrdinals = (text: string | undefined): RememberedVolume[] => {
  try {
    const ordinals = JSON.parse(text ?? '{}') as Record<string, number>;
    return Object.entries(ordinals).map(([name, ordinal]) => ({ name, ordinal }));
  } catch {
    return []; // somebody else's writing: what it held is found again by the pods that have it
  }
};

/** Texts of the Secret of a volume, or of one of an earlier version that holds its settings. */
export const presentTexts = (observed: Pick<Observed, 'owned' | 'replica'>, volume: string): Record<string, string> => {
  const found = findAgentSecrets(observed);
  const own = agentSecretName(observed.replica.metadata.name, volume);
  return decodeSecret(
    found.find(({ metadata }) => metadata?.name === own) ??
      found.find(({ data }) => data?.[settingsKey(volume)] !== undefined),
  );
};

/** What agents of a volume were told last, wherever that is written. */
export const presentSettings = (observed: Pick<Observed, 'owned'>, volume: string): ReplicationSettings | undefined =>
  findAgentSecrets(observed)
    .flatMap((secret) => parseSettings(decodeSecret(secret)[settingsKey(volume)]) ?? [])
    .sort((a, b) => b.generation - a.generation)[0];
