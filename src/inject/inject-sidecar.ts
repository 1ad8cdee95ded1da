import {
  agentNoTokenVolume,
  agentSecretName,
  agentSettingsVolume,
  agentStateVolume,
  annotations,
  isAgentContainer,
  isAgentVolume,
  labels,
  scrapeAnnotations,
  sourceLabel,
} from '../api/names.ts';
import type { Container, Pod, PodMetadata, Volume } from '../pods/pod.ts';
import { type AgentSettings, agentContainer } from './agent-container.ts';
import { pickAgentPorts } from './agent-ports.ts';
import type { AgentPlacement } from './policy.ts';

/**
 * The pod with an agent for each placement. Pure and idempotent: what an earlier call added is taken out first, so that
 * a second one finds the same pod, and agents stay last when another webhook added containers in between.
 */
export const injectSidecar = (pod: Pod, agents: readonly AgentPlacement[], settings: AgentSettings): Pod => {
  if (agents.length === 0) return pod;
  const bare = withoutAgents(pod);
  const own = [...bare.spec.containers, ...(bare.spec.initContainers ?? [])];
  const ports = pickAgentPorts(own, agents.length, pod.spec.hostNetwork === true ? agents[0]?.replica : undefined);
  const containers = agents.map((agent, index) => {
    const pair = ports[index] as (typeof ports)[number];
    return agentContainer(bare, agent, pair, settings);
  });
  const volumes = agents.flatMap((agent) => [settingsVolume(agent), stateVolume(agent.replica)]);
  return {
    ...bare,
    metadata: injectedMetadata(bare.metadata ?? {}, agents, ports[0]?.metrics ?? 0, settings),
    spec: {
      ...bare.spec,
      ...pullSecrets(bare, settings.imagePullSecrets),
      volumes: [...(bare.spec.volumes ?? []), ...volumes, { name: agentNoTokenVolume, emptyDir: {} }],
      initContainers: placeAgents(bare.spec.initContainers ?? [], containers, agents),
    },
  };
};

/**
 * Last, so that they are stopped first and whatever gives the pod its network still runs while they send the rest.
 * An agent that restores comes before the first init container that uses its volume: that must find it filled.
 */
const placeAgents = (
  initContainers: readonly Container[],
  containers: readonly Container[],
  agents: readonly AgentPlacement[],
): Container[] => {
  const placed = [...initContainers];
  for (const [index, agent] of agents.entries()) {
    const container = containers[index] as Container;
    const uses = ({ name, volumeMounts }: Container): boolean =>
      !isAgentContainer(name) && (volumeMounts ?? []).some((mount) => mount.name === agent.volume);
    const first = agent.restore === 'IfEmpty' ? placed.findIndex(uses) : -1;
    placed.splice(first === -1 ? placed.length : first, 0, container);
  }
  return placed;
};

/** The agent's image may come from a registry that the application's doesn't. */
const pullSecrets = ({ spec }: Pod, names: readonly string[]): Pick<Pod['spec'], 'imagePullSecrets'> => {
  const own = spec.imagePullSecrets ?? [];
  const further = names.filter((name) => !own.some((secret) => secret.name === name));
  return further.length === 0 ? {} : { imagePullSecrets: [...own, ...further.map((name) => ({ name }))] };
};

/** A volume that the application itself mounts is the application's, whatever its name. */
const withoutAgents = (pod: Pod): Pod => {
  const { volumes, initContainers, ...spec } = pod.spec;
  const own = [...pod.spec.containers, ...(initContainers ?? []).filter(({ name }) => !isAgentContainer(name))];
  const mounted = new Set(own.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  return {
    ...pod,
    spec: {
      ...spec,
      ...(volumes ? { volumes: volumes.filter(({ name }) => !isAgentVolume(name) || mounted.has(name)) } : {}),
      ...(initContainers ? { initContainers: initContainers.filter(({ name }) => !isAgentContainer(name)) } : {}),
    },
  };
};

/** Optional: a Secret that isn't there yet must not keep the application from starting. */
const settingsVolume = ({ replica, sourceVolume }: AgentPlacement): Volume => ({
  name: agentSettingsVolume(replica),
  secret: { secretName: agentSecretName(replica, sourceVolume), optional: true, defaultMode: 0o444 },
});

/** No size limit: passing it would have the kubelet evict the application. The agent bounds itself. */
const stateVolume = (replica: string): Volume => ({ name: agentStateVolume(replica), emptyDir: {} });

const injectedMetadata = (
  metadata: PodMetadata,
  agents: readonly AgentPlacement[],
  metricsPort: number,
  settings: AgentSettings,
): PodMetadata => {
  const status = {
    version: settings.version,
    replicas: agents.map(({ replica }) => replica),
    volumes: [...new Set(agents.map(({ claim, volume }) => (claim?.kind === 'fixed' ? claim.name : volume)))],
  };
  return {
    ...metadata,
    labels: {
      ...metadata.labels,
      [labels.injected]: 'true',
      ...Object.fromEntries(agents.map(({ replica }) => [sourceLabel(replica), 'true'])),
    },
    annotations: {
      ...(settings.prometheusAnnotations
        ? ownScrapeAnnotations(metadata.annotations ?? {}, metricsPort, settings.metricsTls)
        : {}),
      ...metadata.annotations,
      [evictableVolumes]: safeToEvict(metadata.annotations?.[evictableVolumes], agents),
      [annotations.status]: JSON.stringify(status),
    },
  };
};

/**
 * Volumes of this kind keep cluster-autoscaler from removing a node, unless it is told that they hold nothing of worth.
 * https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
 */
const evictableVolumes = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

const safeToEvict = (present: string | undefined, agents: readonly AgentPlacement[]): string => {
  const own = [...agents.map(({ replica }) => agentStateVolume(replica)), agentNoTokenVolume];
  const named = (present ?? '').split(',').filter((name) => name !== '');
  return [...new Set([...named, ...own])].join(',');
};

/** Only for a pod that says nothing to Prometheus itself, since a pod can name one port alone. */
const ownScrapeAnnotations = (
  present: Readonly<Record<string, string>>,
  port: number,
  isTls: boolean,
): Record<string, string> =>
  Object.keys(present).some((key) => key.startsWith('prometheus.io/')) ? {} : scrapeAnnotations(port, isTls);
