import packageJson from '../package.json' with { type: 'json' };
import { leaderLease } from './api/names.ts';
import { createCaches, isSynced, watchedResources } from './caches/caches.ts';
import type { KeyPair } from './certificates/authority.ts';
import { createClusterClient } from './cluster/client.ts';
import { connect, loadKubeConfig } from './cluster/connection.ts';
import { createLeaseStore } from './cluster/lease-store.ts';
import type { KubeObject } from './cluster/objects.ts';
import { createReplicaLookup } from './inject/replica-lookup.ts';
import { untilOffered } from './inject/webhook/until-offered.ts';
import { startWebhookServer, type WebhookServer } from './inject/webhook/webhook-server.ts';
import { SyncReplicaOperator } from './operator.ts';
import { type OperatorConfig, readOperatorConfig } from './operator-config.ts';
import { createPopulator, type Populator } from './population/populator.ts';
import { systemClock } from './process/clock.ts';
import { startProbeServer } from './process/http-server.ts';
import { openLogOutput } from './process/log/log-output.ts';
import { createLogger } from './process/log/logger.ts';
import { exposeBuildInfo } from './process/metrics/build-info.ts';
import { createMetricsRegistry } from './process/metrics/metrics-registry.ts';
import { stopOnSignals } from './process/shutdown.ts';
import { everyAddress } from './process/system/every-address.ts';
import { createReplication, type Replication } from './replication/loop/replication.ts';
import { createReplicationMetrics } from './replication/loop/replication-metrics.ts';
import { runElection } from './runtime/leader.ts';
import { createSnapshotMetrics } from './snapshots/snapshot-metrics.ts';
import { createSnapshotter, type Snapshotter } from './snapshots/snapshotter.ts';
import { startTrust } from './trust/start-trust.ts';

const stopGraceMs = 20_000;

/**
 * Puts the operator together and runs it until a signal, or until its lease is lost.
 * @throws Failure when it can't start
 */
export const runOperator = async (environment: Readonly<Record<string, string | undefined>>): Promise<void> => {
  // Every connection keeps small buffers for its whole life; taken from a pool, each of them holds 64 KiB.
  Buffer.poolSize = 0;
  const config = readOperatorConfig(environment);
  const logger = createLogger({
    name: 'operator',
    level: config.logLevel,
    out: await openLogOutput(config.logFormat, process.stdout, environment),
  });
  const clock = systemClock;
  const random = Math.random;
  const registry = createMetricsRegistry();
  exposeBuildInfo(registry, 'operator', packageJson.version);
  const metrics = createReplicationMetrics(registry, clock);
  const kubeConfig = loadKubeConfig();
  const connection = connect(kubeConfig);
  const client = createClusterClient(connection);
  const caches = createCaches({ optIn: config.optIn });
  const stopping = new AbortController();
  let replication: Replication | undefined;
  let populator: Populator | undefined;
  let snapshotter: Snapshotter | undefined;
  let webhook: WebhookServer | undefined;
  const snapshotMetrics = createSnapshotMetrics(registry);

  const operator = new SyncReplicaOperator({
    kubeConfig,
    client,
    clock,
    random,
    logger,
    watched: watchedResources.map(({ cache, resource, labelSelector }) => ({
      resource,
      labelSelector,
      namespaces: config.watchNamespaces,
      store: caches[cache] as never,
      onChange(change) {
        replication?.onChange(cache, change);
        populator?.onChange(cache, change);
        snapshotter?.onChange(cache, change);
        // The API server keeps its connection, so that pods would get what this one adds until its very end.
        if (cache === 'pods' && isEnding(change.object, config)) webhook?.retire();
      },
    })),
    failed: (resource, what) => metrics.watchFailed(resource, what),
  });
  await operator.start();

  const identity = `${config.podName}_${crypto.randomUUID()}`;
  // Also that the API server trusts it: a pod that is created after the installation was ready gets its agent.
  let isWebhookUp = (): boolean => false;
  let readyToldAt: number | undefined;
  let ownCertificate = (): KeyPair | undefined => undefined;
  const probes = {
    host: everyAddress(),
    tls: config.metricsTls ? () => ownCertificate() : undefined,
    metrics: registry,
    health: () => ({ ok: true }),
    ready: () => {
      const detail = { synced: isSynced(caches), webhook: isWebhookUp(), leader: replication !== undefined };
      const ok = detail.synced && detail.webhook;
      if (ok) readyToldAt ??= clock.monotonic();
      return { ok, detail };
    },
  };
  const servers = [await startProbeServer({ ...probes, port: config.ports.metrics })];
  if (config.ports.probes !== config.ports.metrics) {
    servers.push(await startProbeServer({ ...probes, port: config.ports.probes }));
  }
  const trust = await startTrust({
    client,
    namespace: config.namespace,
    secretName: config.authoritySecret,
    webhookService: config.webhookService,
    webhookConfiguration: config.webhookConfiguration,
    webhookCertificateFolder: config.webhookCertificateFolder,
    timing: config.trustTiming,
    isLeader: () => replication !== undefined,
    clock,
    logger,
    metrics: registry,
    signal: stopping.signal,
  });
  ownCertificate = () => trust.webhook.current;
  webhook = await startWebhookServer({
    host: everyAddress(),
    port: config.ports.webhook,
    certificate: trust.webhook,
    lookup: createReplicaLookup({ caches, client, logger }),
    agent: {
      image: config.agentImage,
      imagePullPolicy: config.imagePullPolicy,
      imagePullSecrets: config.imagePullSecrets,
      extraEnv: config.agentExtraEnv,
      version: packageJson.version,
      logLevel: config.agentLogLevel,
      resources: config.agentResources,
      prometheusAnnotations: config.prometheusAnnotations,
      metricsTls: config.metricsTls,
    },
    metrics: registry,
    logger,
  });
  isWebhookUp = trust.isWebhookTrusted;

  const lead = (epoch: number): void => {
    replication = createReplication({ client, caches, trust, config, metrics, registry, clock, random, logger, epoch });
    populator = createPopulator({ client, caches, config, clock, random, logger });
    const own = { podName: config.podName, metrics: snapshotMetrics };
    snapshotter = createSnapshotter({ client, caches, clock, random, logger, ...own });
    metrics.leading(true);
    // Before its pods are known it may be one.
    const isPod = (): boolean =>
      !isSynced(caches) || caches.pods.get(`${config.namespace}/${config.podName}`) !== undefined;
    const loops = [replication, populator, snapshotter];
    untilOffered({ clock, isPod, readyToldAt: () => readyToldAt })
      .then(() => Promise.all(loops.map((loop) => loop.start())))
      .catch((err: unknown) => {
        logger.error({ err }, 'the control loop failed');
        process.exit(1);
      });
  };
  const election = runElection({
    store: createLeaseStore(client, { namespace: config.namespace, name: leaderLease }),
    identity,
    clock,
    random,
    logger,
    signal: stopping.signal,
    onElected: lead,
  });
  election.then((how) => {
    if (how !== 'lost') return;
    // Another may lead by now: nothing of this process may write any more.
    replication?.halt();
    populator?.halt();
    snapshotter?.halt();
    process.exit(1);
  });
  stopOnSignals({
    graceMs: stopGraceMs,
    logger,
    async stop() {
      webhook?.retire();
      // What was begun is finished before the lease is given back: no two ever lead at a time.
      await Promise.all([replication?.stop(), populator?.stop(), snapshotter?.stop()]);
      stopping.abort();
      await election;
      operator.stop();
      await Promise.all([webhook?.close(), operator.stopped(), ...servers.map((server) => server.close())]);
      connection.close();
    },
  });
  logger.info({ version: packageJson.version, identity }, 'operator runs');
};

/** Its own pod was told to end, and another answers for it as soon as the Service knows. */
const isEnding = ({ metadata }: KubeObject, { namespace, podName }: OperatorConfig): boolean =>
  metadata?.namespace === namespace && metadata.name === podName && metadata.deletionTimestamp !== undefined;
