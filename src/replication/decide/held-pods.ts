import { agentContainerName, agentPaths, agentSettingsVolume, settingsKey } from '../../api/names.ts';
import { minAgentVersion } from '../../api/settings/versions.ts';
import type { Pod, Secret } from '../../cluster/objects.ts';
import { secrets } from '../../cluster/resources.ts';
import { isLive } from '../../pods/pod-state.ts';
import { claimOf } from '../../pods/volumes.ts';
import { type DesiredObject, desired } from '../desired/desired-object.ts';
import { ownedMeta, type ReplicaIdentity } from '../identity.ts';
import type { Observed } from '../observed.ts';
import { encodeSecret } from '../secret-data.ts';

/**
 * Pods whose application waits for an agent that was told nothing: their SyncReplica was blocked, or went before they began.
 * A restore holds an application until it is done, and nobody but their agent can let it go.
 */
export const findHeldPods = ({ pods, owned, replica }: Observed): Pod[] =>
  pods.filter(isLive).filter((pod) => {
    const name = agentContainerName(replica.metadata.name);
    const isInjected = pod.spec?.initContainers?.some((one) => one.name === name) === true;
    const isUp = pod.status?.initContainerStatuses?.some((one) => one.name === name && one.ready === true) === true;
    const secret = secretOf(pod, replica.metadata.name);
    return (
      isInjected && !isUp && secret !== undefined && !owned.secrets.some(({ metadata }) => metadata?.name === secret)
    );
  });

/** What lets a held pod go: settings without a target and without a restore. */
export const releaseSecret = (identity: ReplicaIdentity, pod: Pod, nowMs: number): DesiredObject => {
  const container = pod.spec?.initContainers?.find(({ name }) => name === agentContainerName(identity.name));
  const mount = container?.volumeMounts?.find(({ mountPath }) => mountPath === agentPaths.source);
  const volume = pod.spec?.volumes?.find(({ name }) => name === mount?.name);
  const podName = pod.metadata?.name ?? '';
  const source = (volume && claimOf(volume, podName)) ?? podName;
  const settings = {
    generation: Math.floor(nowMs / 1_000),
    source: agentPaths.source,
    minAgentVersion,
    restore: 'Never',
    targets: [],
  };
  const metadata = ownedMeta(identity, secretOf(pod, identity.name) ?? '', 'agent-settings') as never;
  const data = encodeSecret({ [settingsKey(source)]: JSON.stringify(settings) });
  return desired(secrets, { metadata, type: 'Opaque', data } satisfies Secret);
};

const secretOf = (pod: Pod, replica: string): string | undefined =>
  pod.spec?.volumes?.find(({ name }) => name === agentSettingsVolume(replica))?.secret?.secretName;
