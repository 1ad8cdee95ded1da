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
export const findHeldPods = (observed: Observed): Pod[] =>
  findWaitingPods(observed).filter(
    (pod) =>
      toldBy(observed, pod) === undefined && !observed.taken.some(({ name }) => name === secretOf(pod, observed)),
  );

/** Those whose agent has been told, and has not let its application go yet: it does once the kubelet has brought it what it was told. */
export const findReleasedPods = (observed: Observed): Pod[] =>
  findWaitingPods(observed).filter((pod) => toldBy(observed, pod) !== undefined);

/** Only an agent that restores may write its source, and holds its application. */
const findWaitingPods = (observed: Observed): Pod[] =>
  observed.pods.filter((pod) => {
    const mount = agentOf(pod, observed)?.volumeMounts?.find(({ mountPath }) => mountPath === agentPaths.source);
    const isUp = statusOfAgent(pod, observed)?.ready === true;
    const isStaying = isLive(pod) && pod.metadata?.deletionTimestamp === undefined;
    return (
      isStaying && mount !== undefined && mount.readOnly !== true && !isUp && secretOf(pod, observed) !== undefined
    );
  });

/** Pods whose agent runs by what it was told, and that nobody has heard of. */
export const findUnheardPods = (observed: Observed): Pod[] =>
  observed.pods.filter(
    (pod) =>
      isLive(pod) &&
      statusOfAgent(pod, observed)?.state?.running !== undefined &&
      toldBy(observed, pod) !== undefined &&
      !observed.agents.has(pod.metadata?.name ?? ''),
  );

/** The Secret that a pod's agent reads, where it is there. */
export const toldBy = (observed: Pick<Observed, 'owned' | 'replica'>, pod: Pod): Secret | undefined =>
  observed.owned.secrets.find(({ metadata }) => metadata?.name === secretOf(pod, observed));

const agentOf = (pod: Pod, { replica }: Pick<Observed, 'replica'>) =>
  pod.spec?.initContainers?.find(({ name }) => name === agentContainerName(replica.metadata.name));

const statusOfAgent = (pod: Pod, { replica }: Pick<Observed, 'replica'>) =>
  pod.status?.initContainerStatuses?.find(({ name }) => name === agentContainerName(replica.metadata.name));

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
  const metadata = ownedMeta(identity, secretNameOf(pod, identity.name) ?? '', 'agent-settings') as never;
  const data = encodeSecret({ [settingsKey(source)]: JSON.stringify(settings) });
  return desired(secrets, { metadata, type: 'Opaque', data } satisfies Secret);
};

const secretOf = (pod: Pod, { replica }: Pick<Observed, 'replica'>): string | undefined =>
  secretNameOf(pod, replica.metadata.name);

const secretNameOf = (pod: Pod, replica: string): string | undefined =>
  pod.spec?.volumes?.find(({ name }) => name === agentSettingsVolume(replica))?.secret?.secretName;
