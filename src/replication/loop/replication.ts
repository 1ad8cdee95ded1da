import { type Caches, isSynced } from '../../caches/caches.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import { createEventEmitter } from '../../cluster/event-emitter.ts';
import type { KubeObject, Pod } from '../../cluster/objects.ts';
import type { Clock } from '../../process/clock.ts';
import type { Logger } from '../../process/log/logger.ts';
import type { MetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import { type ReconcileResult, runLoop } from '../../runtime/loop.ts';
import { createQueue } from '../../runtime/queue.ts';
import { createQueueMetrics } from '../../runtime/queue-metrics.ts';
import { keyOf, type StoreChange } from '../../runtime/store.ts';
import { credentialTiming } from '../../trust/credentials.ts';
import type { RunningTrust } from '../../trust/start-trust.ts';
import type { AddressRules } from '../external-address.ts';
import type { ReceiverDefaults } from '../receiver-defaults.ts';
import { settingsIn, writerTlsOf } from '../reports/agent-secret.ts';
import { agentEndpoint, type Endpoint, receiverEndpoint } from '../reports/endpoints.ts';
import { createPoller } from '../reports/poller.ts';
import { reportersOf } from '../reports/reporters.ts';
import { createReports, type Reporter, reporterKey } from '../reports/reports.ts';
import type { SourceVolume } from '../source-volumes.ts';
import { figuresIntervalMs } from '../status/status.ts';
import { affectedBy } from './affected.ts';
import { createController } from './controller.ts';
import { createNudge } from './nudge.ts';
import { podsOf } from './observe.ts';
import type { ToldSettings } from './record.ts';
import type { ReplicationMetrics } from './replication-metrics.ts';

export interface ReplicationOptions {
  readonly client: ClusterClient;
  readonly caches: Caches;
  readonly trust: Pick<RunningTrust, 'current' | 'onChange' | 'operator'>;
  readonly config: {
    readonly namespace: string;
    readonly podName: string;
    readonly agentImage: string;
    readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
    readonly imagePullSecrets: readonly string[];
    readonly receiver: ReceiverDefaults;
    readonly assignedUsers: boolean;
    readonly hostNetwork: boolean;
    readonly externalAddresses: AddressRules;
    readonly prometheusAnnotations: boolean;
    readonly metricsTls: boolean;
    readonly workers: number;
    readonly pollers: number;
    readonly trustTiming: { readonly leafLifeMs: number; readonly announceMs: number };
  };
  readonly metrics: ReplicationMetrics;
  readonly registry: MetricsRegistry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Of this leadership. */
  readonly epoch: number;
}

/** The part of the operator that only its leader runs. */
export interface Replication {
  /** A change in a cache. */
  onChange(cache: keyof Caches, change: StoreChange<KubeObject>): void;
  /** Resolves when it was stopped. */
  start(): Promise<void>;
  /** Begins nothing more. */
  halt(): void;
  /** Resolves when what was begun is done. */
  stop(): Promise<void>;
}

export const createReplication = (options: ReplicationOptions): Replication => {
  const { client, caches, trust, config, metrics, registry, clock, random, logger } = options;
  const queueMetrics = createQueueMetrics(registry, clock);
  const queue = createQueue({
    clock,
    random,
    backoff: { initialMs: 250, maxMs: 60_000 },
    metrics: queueMetrics('syncreplica'),
  });
  const reports = createReports();
  const nudge = createNudge(client, logger);
  const controller = createController({
    nudge,
    caches,
    client,
    reports,
    config: {
      operatorNamespace: config.namespace,
      operatorOnNodes: config.hostNetwork,
      addresses: config.externalAddresses,
      receiver: {
        image: config.agentImage,
        imagePullPolicy: config.imagePullPolicy,
        imagePullSecrets: config.imagePullSecrets,
        defaults: config.receiver,
        assignedUsers: config.assignedUsers,
        prometheusAnnotations: config.prometheusAnnotations,
        metricsTls: config.metricsTls,
      },
    },
    trust: trust.current,
    controllerEpoch: options.epoch,
    clock,
    random,
    logger,
    emitter: createEventEmitter(client, { instance: config.podName, clock, logger }),
    metrics,
    leafLifeMs: config.trustTiming.leafLifeMs,
    credentialTiming: credentialTiming(config.trustTiming),
  });
  const volumeOf = (reporter: Reporter): SourceVolume | undefined =>
    controller.record(keyOfReporter(reporter))?.volumes.find(({ pods }) => pods.includes(reporter.pod));
  const toldTo = (reporter: Reporter): ToldSettings | undefined =>
    controller.record(keyOfReporter(reporter))?.told.get(volumeOf(reporter)?.name ?? '');
  /** What would not be written yet is not looked at yet. */
  const untilFiguresMs = (key: string): number => {
    const writtenAt = controller.record(key)?.statusWrittenAt ?? -Infinity;
    return writtenAt + figuresIntervalMs(caches.replicas.size) - clock.monotonic();
  };
  const keyOfReporter = ({ namespace, replica }: Reporter): string => `${namespace}/${replica}`;
  const poller = createPoller({
    clock,
    random,
    logger,
    reports,
    workers: config.pollers,
    metrics: queueMetrics('reports'),
    identity: () => {
      const pair = trust.operator.current;
      return pair && { pair, bundle: trust.current().bundle };
    },
    endpoint: (reporter) => endpointOf(caches, reporter),
    writerTls: (reporter) => {
      const volumes = controller.record(keyOfReporter(reporter))?.volumes ?? [];
      return writerTlsOf(caches, reporter, volumes);
    },
    generation: (reporter) => toldTo(reporter)?.generation,
    settings(reporter) {
      const volume = volumeOf(reporter);
      return toldTo(reporter)?.unseen ?? (volume && settingsIn(caches, reporter, volume.name));
    },
    changed(reporter, what) {
      const key = keyOfReporter(reporter);
      if (what === 'news') queue.add(key);
      else queue.addAfter(key, untilFiguresMs(key));
    },
    silent: (reporter) => {
      const generation = toldTo(reporter)?.generation;
      const pod = caches.pods.get(`${reporter.namespace}/${reporter.pod}`);
      if (pod && generation !== undefined) void nudge(pod, generation);
    },
  });
  /** Before its SyncReplica was looked at there is nothing to ask a receiver with. */
  const follow = (pod: Pod): void => {
    for (const reporter of reportersOf(pod, caches))
      if (controller.record(keyOfReporter(reporter))) poller.follow(reporterKey(reporter));
  };
  /** New settings are pushed at once instead of at the next regular question. */
  const reconcileAndPush = async (key: string): Promise<ReconcileResult> => {
    const before = controller.record(key)?.told;
    const unseen = controller.record(key) ? undefined : caches.replicas.get(key);
    const result = await controller.reconcile(key).finally(() => {
      if (unseen) for (const pod of podsOf(caches, unseen)) follow(pod);
    });
    const record = controller.record(key);
    const [namespace = '', replica = ''] = key.split('/');
    for (const { name, pods } of record?.volumes ?? []) {
      if (record?.told.get(name)?.generation === before?.get(name)?.generation) continue;
      for (const pod of pods) poller.follow(reporterKey({ kind: 'agent', namespace, pod, replica }));
    }
    for (const waiting of controller.nextTurns()) queue.add(waiting);
    return result;
  };
  const working: Promise<unknown>[] = [];
  const halt = (): void => {
    queue.shutDown();
    poller.stop();
  };
  return {
    onChange(cache, change) {
      for (const key of affectedBy(cache, change, caches)) queue.add(key);
      if (cache === 'pods' && change.type !== 'DELETED') follow(change.object as Pod);
    },
    async start() {
      // Deciding on half of what there is would take the other half for gone.
      while (!isSynced(caches)) await clock.sleep(50);
      for (const replica of caches.replicas.list()) queue.add(keyOf(replica));
      trust.onChange(() => {
        for (const replica of caches.replicas.list()) queue.add(keyOf(replica));
      });
      working.push(
        poller.run(),
        runLoop({
          queue,
          workers: config.workers,
          clock,
          logger,
          reconcile: reconcileAndPush,
          isConflict: (error) => isClusterError(error, 'conflict', 'alreadyExists'),
          observe: metrics.reconciled,
        }),
      );
      await Promise.all(working);
    },
    halt,
    async stop() {
      halt();
      await Promise.all(working);
    },
  };
};

const endpointOf = (caches: Caches, { kind, namespace, pod: name, replica }: Reporter): Endpoint | undefined => {
  const pod = caches.pods.get(`${namespace}/${name}`);
  if (!pod || !caches.replicas.get(`${namespace}/${replica}`)) return undefined;
  return kind === 'agent' ? agentEndpoint(pod, replica) : receiverEndpoint(pod, replica);
};
