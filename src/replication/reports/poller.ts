import { Agent } from 'node:https';
import { createControlClient } from '../../../sidecar/protocol/control-client.ts';
import type { ReplicationSettings, TlsMaterial } from '../../api/replication-settings.ts';
import type { KeyPair } from '../../certificates/authority.ts';
import type { Clock } from '../../process/clock.ts';
import { errorCode, errorMessage } from '../../process/failure.ts';
import type { Logger } from '../../process/logger.ts';
import { createQueue, type Queue } from '../../runtime/queue.ts';
import { agentServerName } from '../desired/material.ts';
import { heartbeatIntervalMs } from '../replica-state.ts';
import { agentClient } from './agent-client.ts';
import type { Endpoint } from './endpoints.ts';
import { parseReporterKey, type Reporter, type ReporterKey, type Reports } from './reports.ts';

export interface PollerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly reports: Reports;
  /** How many are asked at a time. */
  readonly workers: number;
  /** The operator's own certificate, and what is trusted. */
  readonly identity: () => { readonly pair: KeyPair; readonly bundle: string } | undefined;
  /** Where one answers now; undefined once it is gone. */
  readonly endpoint: (reporter: Reporter) => Endpoint | undefined;
  /** What receivers of a SyncReplica are shown: it names their volumes. */
  readonly receiverTls: (reporter: Reporter) => TlsMaterial | undefined;
  /** What an agent should have by now. */
  readonly settings: (reporter: Reporter) => ReplicationSettings | undefined;
  /** Called when a report says something new, or when nobody answered. */
  readonly changed: (reporter: Reporter) => void;
  /** Called when an agent did not answer: it may wait for settings that the kubelet has not brought yet. */
  readonly silent: (reporter: Reporter) => void;
}

export interface Poller {
  /** Asks soon, and then regularly for as long as there is an endpoint. */
  follow(key: ReporterKey): void;
  /** Resolves when the poller was stopped and nothing is being asked any more. */
  run(): Promise<void>;
  stop(): void;
}

/**
 * Asks agents and receivers for their status over mTLS, each every five seconds with a jitter, and pushes settings to
 * agents that have older ones. One that does not answer costs its own turn only.
 */
export const createPoller = (options: PollerOptions): Poller => {
  const { clock, random, logger, reports } = options;
  const queue: Queue = createQueue({
    clock,
    random,
    backoff: { initialMs: heartbeatIntervalMs, maxMs: heartbeatIntervalMs },
  });
  const connections = createConnections();
  const poll = async (key: ReporterKey): Promise<void> => {
    const reporter = parseReporterKey(key);
    const endpoint = options.endpoint(reporter);
    if (!endpoint) {
      reports.forget(key);
      options.changed(reporter);
      return;
    }
    try {
      const isNew = await ask(options, connections, key, reporter, endpoint);
      if (isNew) options.changed(reporter);
      queue.forget(key);
      queue.addAfter(
        key,
        isBeginning(reports, key, clock.now()) ? beginningIntervalMs : heartbeatIntervalMs * (0.8 + 0.4 * random()),
      );
    } catch (error) {
      reports.asked(key);
      if (reporter.kind === 'agent') options.silent(reporter);
      logger.debug({ ...reporter, code: errorCode(error), reason: errorMessage(error) }, 'no report');
      options.changed(reporter);
      queue.addRateLimited(key);
    }
  };
  const work = async (): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await poll(key);
      queue.done(key);
    }
  };
  return {
    follow: (key) => queue.add(key),
    async run() {
      await Promise.all(Array.from({ length: options.workers }, work));
    },
    stop() {
      queue.shutDown();
      connections.close();
    },
  };
};

/** Somebody waits for the end of a first pass; but not for one to a target that stays away. */
const beginningIntervalMs = 1_000;
const beginningMs = 60_000;

const isBeginning = (reports: Reports, key: ReporterKey, nowMs: number): boolean => {
  if (!key.startsWith('agent/')) return false;
  const status = reports.agent(key)?.status;
  const isYoung = status !== undefined && nowMs - status.startedAt < beginningMs;
  return (status?.replicas ?? []).some(
    ({ initialPassDone, link }) => !initialPassDone && (link === 'Online' || (isYoung && link !== 'Paused')),
  );
};

/** True where the report says something new. */
const ask = async (
  options: PollerOptions,
  connections: Connections,
  key: ReporterKey,
  reporter: Reporter,
  endpoint: Endpoint,
): Promise<boolean> => {
  const { reports, clock } = options;
  if (endpoint.kind === 'receiver') {
    const tls = options.receiverTls(reporter);
    if (!tls) throw new Error('ask receiver: there is no certificate for it yet');
    const client = createControlClient({
      ...endpoint,
      tls: { ...tls, servername: endpoint.servername },
      timeoutMs: 4_000,
    });
    try {
      return reports.put(key, { at: clock.monotonic(), status: await client.status() });
    } finally {
      client.close();
    }
  }
  const identity = options.identity();
  if (!identity) throw new Error('ask agent: the operator has no certificate yet');
  const agent = connections.agent(identity);
  const address = {
    ...endpoint,
    servername: agentServerName({ namespace: reporter.namespace, name: reporter.replica, uid: '' }),
  };
  const status = await agentClient.status(address, agent);
  const isNew = reports.put(key, { at: clock.monotonic(), status });
  const wanted = options.settings(reporter);
  if (wanted && wanted.generation > status.generation) {
    await agentClient.pushSettings(address, agent, wanted);
    options.logger.info({ ...reporter, generation: wanted.generation }, 'settings pushed');
    return true;
  }
  return isNew;
};

interface Connections {
  agent(identity: { readonly pair: KeyPair; readonly bundle: string }): Agent;
  close(): void;
}

/** One pool of connections for as long as the operator's certificate and the authorities stay. */
const createConnections = (): Connections => {
  let current: { cert: string; bundle: string; agent: Agent } | undefined;
  return {
    agent({ pair, bundle }) {
      if (current?.cert === pair.cert && current.bundle === bundle) return current.agent;
      current?.agent.destroy();
      const agent = new Agent({
        ca: bundle,
        cert: pair.cert,
        key: pair.key,
        minVersion: 'TLSv1.3',
        keepAlive: true,
        maxFreeSockets: 256,
      });
      current = { cert: pair.cert, bundle, agent };
      return agent;
    },
    close: () => current?.agent.destroy(),
  };
};
