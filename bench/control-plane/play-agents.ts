import packageJson from '../../package.json' with { type: 'json' };
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../sidecar/protocol/control.ts';
import { agentSecretName, credentialFiles, managedSelector, settingsKey } from '../../src/api/names.ts';
import type { ReplicationSettings } from '../../src/api/settings/replication-settings.ts';
import type { ClusterClient } from '../../src/cluster/client.ts';
import type { Secret } from '../../src/cluster/objects.ts';
import { secrets } from '../../src/cluster/resources.ts';
import { systemClock } from '../../src/process/clock.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { runReflector } from '../../src/runtime/reflector.ts';
import { createStore } from '../../src/runtime/store.ts';
import type { PlannedReplica } from './population.ts';

/** One agent: what it was told, and since when it has been silent. */
interface PlayedAgent {
  readonly pod: string;
  readonly namespace: string;
  settings: ReplicationSettings;
  silentSince: number | undefined;
}

export interface PlayedAgents {
  certificateOf(servername: string): { ca: string; cert: string; key: string } | undefined;
  volumeStatus(receiverVolume: string): VolumeStatus;
  agentStatus(address: string): AgentStatus;
  takeSettings(address: string, settings: ReplicationSettings): void;
  isSilent(address: string): boolean;
  /** They neither hand reports over nor answer, for as long as `isSilent`. */
  silence(pods: readonly string[], isSilent: boolean): void;
  /** Changes flow at every agent, or at none. */
  work(isBusy: boolean): void;
  /** The generation of the settings that a source volume's Secret holds. */
  generationIn(secret: string): number;
  /** When settings newer than that generation are in a Secret, monotonic ms. */
  whenTold(secret: string, generation: number): Promise<number>;
  stop(): void;
}

const leaseTtlMs = 15_000;

/** Agents as their receivers know them: they have what their Secrets say, at once, and replicate without a fault. */
export const playAgents = (
  client: ClusterClient,
  planned: readonly PlannedReplica[],
  podAt: ReadonlyMap<string, string>,
): PlayedAgents => {
  const stopping = new AbortController();
  const startedAt = Date.now();
  const bySecret = new Map<string, { pods: readonly string[]; claim: string; namespace: string }>();
  const agentSecretOf = new Map<string, string>();
  for (const { namespace, name, volumes } of planned)
    for (const { pods, claim } of volumes) {
      const secret = `${namespace}/${agentSecretName(name, claim)}`;
      bySecret.set(secret, { pods, claim, namespace });
      agentSecretOf.set(`${name}.${namespace}.agents.syncreplica.io`, secret);
    }
  const agents = new Map<string, PlayedAgent>();
  /** The first writes; the others are told that the lease is held. */
  const byReceiverVolume = new Map<string, readonly PlayedAgent[]>();
  const pairs = new Map<string, { ca: string; cert: string; key: string }>();
  const generations = new Map<string, number>();
  const waiting = new Map<string, { readonly generation: number; readonly tell: (at: number) => void }>();
  let isBusy = false;
  let sequence = 1;

  const store = createStore<Secret>({
    trim(secret) {
      const key = `${secret.metadata?.namespace}/${secret.metadata?.name}`;
      const read = (name: string): string => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
      const { ca, cert, key: privateKey } = credentialFiles;
      pairs.set(key, { ca: read(ca), cert: read(cert), key: read(privateKey) });
      const owner = bySecret.get(key);
      const text = owner && read(settingsKey(owner.claim));
      if (owner && text) {
        const settings = JSON.parse(text) as ReplicationSettings;
        for (const pod of owner.pods) takeUp(owner.namespace, pod, settings);
        generations.set(key, settings.generation);
        const waiter = waiting.get(key);
        if (waiter && settings.generation > waiter.generation) {
          waiting.delete(key);
          waiter.tell(performance.now());
        }
      }
      return { metadata: secret.metadata } as Secret;
    },
  });
  const takeUp = (namespace: string, pod: string, settings: ReplicationSettings): void => {
    const key = `${namespace}/${pod}`;
    const agent = agents.get(key) ?? { pod, namespace, settings, silentSince: undefined };
    agents.set(key, agent);
    if (settings.generation >= agent.settings.generation) agent.settings = settings;
    for (const target of settings.targets) {
      if (target.kind !== 'receiver') continue;
      const sharing = byReceiverVolume.get(target.volume) ?? [];
      byReceiverVolume.set(target.volume, sharing.includes(agent) ? sharing : [...sharing, agent]);
    }
  };
  void runReflector({
    source: client.listAndWatch(secrets, { labelSelector: managedSelector }),
    sink: store,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    signal: stopping.signal,
  });

  const statusOf = (agent: PlayedAgent): AgentStatus => {
    const { pod, settings } = agent;
    const isWriter = (volume: string): boolean => byReceiverVolume.get(volume)?.[0] === agent;
    const now = Date.now();
    const position = { epoch: 1, sequence: isBusy ? ++sequence : 1 };
    return {
      version: packageJson.version,
      holder: `${pod}/1`,
      source: settings.source,
      generation: settings.generation,
      paused: settings.paused,
      startedAt,
      phase: 'Watching',
      watch: {
        kind: 'inotify',
        watchedDirectories: 12,
        watchLimit: 65_536,
        overflows: 0,
        unreadable: { count: 0, samples: [] },
      },
      degraded: [],
      replicas: settings.targets.map((target) => ({
        target: target.name,
        link: target.kind === 'receiver' && isWriter(target.volume) ? 'Online' : 'Offline',
        initialPassDone: true,
        inSync: target.kind === 'receiver' && isWriter(target.volume),
        notInSync: null,
        lagSeconds: 0,
        pending: 0,
        position,
        lastSyncAt: isBusy ? now : startedAt,
        lastFullPassAt: startedAt,
        progress: null,
        lastError:
          target.kind === 'receiver' && isWriter(target.volume)
            ? null
            : { reason: 'LeaseHeld', message: 'another agent writes', at: startedAt },
        heldDeletes: null,
        skipped: { count: 0, special: 0, samples: [] },
        transferredBytes: position.sequence * 4_096,
        transferredFiles: position.sequence,
        renames: 0,
      })),
    };
  };
  const agentAt = (address: string): PlayedAgent | undefined => agents.get(podAt.get(address) ?? '');

  return {
    certificateOf(servername) {
      const [, set = '', namespace = ''] = servername.split('.');
      // `<replica>-dr-<ordinal>.<set>-pods.<namespace>.svc`, or the name that all agents of a SyncReplica have.
      const replica = set.replace(/-dr-pods$/, '');
      return pairs.get(agentSecretOf.get(servername) ?? `${namespace}/${replica}-dr-srep-receiver`);
    },
    volumeStatus(volume) {
      const sharing = byReceiverVolume.get(volume) ?? [];
      const [agent] = sharing;
      const ageOf = (one: PlayedAgent | undefined): number =>
        one?.silentSince === undefined ? 0 : performance.now() - one.silentSince;
      const ageMs = ageOf(agent);
      const now = Date.now();
      return {
        bootId: 'boot',
        instance: 'life',
        version: packageJson.version,
        volume,
        epoch: agent ? 1 : 0,
        holder: agent ? `${agent.pod}/1` : null,
        leaseExpiresInMs: agent ? Math.max(0, leaseTtlMs - ageMs) : 0,
        position: agent ? { epoch: 1, sequence: 1 } : null,
        heartbeatAt: agent ? now - ageMs : null,
        fullPassAt: agent ? startedAt : null,
        note: null,
        root: '/',
        lineage: null,
        freeBytes: 1e9,
        totalBytes: 2e9,
        empty: agent === undefined,
        kept: [],
        agents: sharing.map((one) => ({ ageMs: Math.round(ageOf(one)), status: statusOf(one) })),
      };
    },
    agentStatus(address) {
      const agent = agentAt(address);
      if (!agent) throw new Error(`no agent at ${address}`);
      return statusOf(agent);
    },
    takeSettings(address, settings) {
      const [namespace = '', pod = ''] = (podAt.get(address) ?? '').split('/');
      takeUp(namespace, pod, settings);
    },
    isSilent: (address) => agentAt(address)?.silentSince !== undefined,
    silence(pods, isSilent) {
      for (const pod of pods) {
        const agent = agents.get(pod);
        if (agent) agent.silentSince = isSilent ? performance.now() : undefined;
      }
    },
    work: (next) => {
      isBusy = next;
    },
    generationIn: (secret) => generations.get(secret) ?? 0,
    whenTold: (secret, generation) => new Promise((tell) => waiting.set(secret, { generation, tell })),
    stop: () => stopping.abort(),
  };
};
