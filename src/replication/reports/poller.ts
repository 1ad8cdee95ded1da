import type { ReplicationSettings, TlsMaterial } from '../../api/settings/replication-settings.ts';
import type { Clock } from '../../process/clock.ts';
import { errorCode, errorMessage } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';
import { createQueue, type Queue, type QueueMetrics } from '../../runtime/queue.ts';
import { agentServerName } from '../desired/material.ts';
import { heartbeatIntervalMs, heartbeatLimitMs } from '../replica-state.ts';
import { agentClient } from './agent-client.ts';
import type { Novelty } from './compare-reports.ts';
import { type Connections, createConnections, type OperatorIdentity } from './connections.ts';
import type { Endpoint } from './endpoints.ts';
import { putReceiverStatus } from './put-receiver-status.ts';
import { parseReporterKey, type Reporter, type ReporterKey, type Reports, reporterKey } from './reports.ts';
import { askAgainInMs, isBeginning, whoAsks } from './when-to-ask.ts';

export interface PollerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly reports: Reports;
  /** How many are asked at a time. */
  readonly workers: number;
  /** The operator's own certificate, and what is trusted. */
  readonly identity: () => OperatorIdentity | undefined;
  /** Where one answers now; undefined once it is gone. */
  readonly endpoint: (reporter: Reporter) => Endpoint | undefined;
  /** For a receiver of an earlier version, which is asked by its volume's writer only. */
  readonly writerTls: (reporter: Reporter) => TlsMaterial | undefined;
  /** The generation of what an agent should have by now; and all of it. */
  readonly generation: (reporter: Reporter) => number | undefined;
  readonly settings: (reporter: Reporter) => ReplicationSettings | undefined;
  /** Called when a report says something new, or when nobody answered. */
  readonly changed: (reporter: Reporter, what: Exclude<Novelty, 'nothing'>) => void;
  /** Called when an agent did not answer: it may wait for settings that the kubelet has not brought yet. */
  readonly silent: (reporter: Reporter) => void;
  /** Of those who are asked regularly. */
  readonly metrics?: QueueMetrics;
}

export interface Poller {
  /** Asks soon, and then regularly for as long as there is an endpoint. */
  follow(key: ReporterKey): void;
  /** Resolves when the poller was stopped and nothing is being asked any more. */
  run(): Promise<void>;
  stop(): void;
}

/**
 * Nobody waits behind one that hangs: those who were heard are asked apart from those of whom nobody knows whether they answer, and
 * from those who did not, which are asked ever more rarely. One who waits for an answer costs a socket, and no processor time.
 */
const unsureWorkers = 32;
const silentWorkers = 64;
const silentMaxMs = 60_000;
const beginningIntervalMs = 1_000;

/**
 * Asks receivers for their status over mTLS, each every five seconds with a jitter, and takes from them what their agents
 * handed over. An agent itself is asked only where no receiver speaks for it, and to push settings that are newer than
 * its own. One that does not answer costs nobody else anything.
 */
export const createPoller = (options: PollerOptions): Poller => {
  const { clock, random, logger, reports } = options;
  const makeQueue = (maxMs: number, metrics?: QueueMetrics): Queue =>
    createQueue({ clock, random, backoff: { initialMs: heartbeatIntervalMs, maxMs }, ...(metrics ? { metrics } : {}) });
  const heard = makeQueue(heartbeatIntervalMs, options.metrics);
  const unsure = makeQueue(heartbeatIntervalMs);
  const silent = makeQueue(silentMaxMs);
  const connections = createConnections();
  const failing = new Set<ReporterKey>();
  let heardAt = clock.monotonic();
  /**
   * After a time in which nobody was heard it was not they who were away: all are asked again at once, but for agents that their
   * receivers speak for. Thousands would be asked in vain, and their receivers behind them.
   */
  const hear = (key: ReporterKey): void => {
    failing.delete(key);
    const now = clock.monotonic();
    if (now - heardAt > heartbeatLimitMs) {
      for (const other of failing) {
        silent.forget(other);
        if (other.startsWith('receiver/')) unsure.add(other);
        else silent.addAfter(other, reports.agent(other)?.isHanded ? heartbeatIntervalMs : 0);
      }
    }
    heardAt = now;
  };
  /** A receiver speaks for it again: what it did in vain alone says nothing of how often it is to be asked. */
  const hearOf = (agent: Reporter): void => {
    const key = reporterKey(agent);
    if (!failing.delete(key)) return;
    silent.forget(key);
    silent.add(key);
  };
  const askersOf = (key: ReporterKey, reporter: Reporter) => {
    const report = reporter.kind === 'agent' ? reports.agent(key) : undefined;
    const isBehind = (report?.status.generation ?? 0) < (options.generation(reporter) ?? 0);
    return whoAsks({ kind: reporter.kind, report, isBehind, now: clock.monotonic() });
  };
  const askLater = (key: ReporterKey): void => {
    const agents = key.startsWith('agent/')
      ? [reports.agent(key)?.status]
      : (reports.receiver(key)?.status.agents ?? []).map(({ status }) => status);
    const isSoon = isBeginning(agents, clock.now());
    heard.addAfter(key, isSoon ? beginningIntervalMs : heartbeatIntervalMs * (0.8 + 0.4 * random()));
  };
  const poll = async (key: ReporterKey, isAmongHeard: boolean): Promise<void> => {
    const reporter = parseReporterKey(key);
    const endpoint = options.endpoint(reporter);
    if (!endpoint) {
      reports.forget(key);
      connections.forget(key);
      failing.delete(key);
      options.changed(reporter, 'news');
      return;
    }
    const askers = askersOf(key, reporter);
    if (isAmongHeard && askers === 'unsure') return unsure.add(key);
    if (isAmongHeard && askers === 'silent') return silent.add(key);
    const askedAt = clock.monotonic();
    try {
      if (askers !== 'nobody') {
        const novelty = await ask(options, connections, key, reporter, endpoint, hearOf);
        if (novelty !== 'nothing') options.changed(reporter, novelty);
        hear(key);
      }
      silent.forget(key);
      askLater(key);
    } catch (error) {
      const report = reporter.kind === 'agent' ? reports.agent(key) : reports.receiver(key);
      reports.unanswered(key, askedAt);
      if (reporter.kind === 'agent') options.silent(reporter);
      logger.debug({ ...reporter, code: errorCode(error), reason: errorMessage(error) }, 'no report');
      options.changed(reporter, 'news');
      failing.add(key);
      const againInMs = askAgainInMs(report?.at, askedAt, clock.monotonic());
      if (againInMs === undefined) silent.addRateLimited(key);
      else silent.addAfter(key, againInMs);
    }
  };
  const work = async (queue: Queue): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await poll(key, queue === heard);
      queue.done(key);
    }
  };
  const workers = (queue: Queue, count: number) => Array.from({ length: count }, () => work(queue));
  return {
    follow: (key) => (reports.wasHeard(key) ? heard : unsure).add(key),
    async run() {
      await Promise.all([
        ...workers(heard, options.workers),
        ...workers(unsure, unsureWorkers),
        ...workers(silent, silentWorkers),
      ]);
    },
    stop() {
      for (const queue of [heard, unsure, silent]) queue.shutDown();
      connections.close();
    },
  };
};

/** What the answer says that was not known. */
const ask = async (
  options: PollerOptions,
  connections: Connections,
  key: ReporterKey,
  reporter: Reporter,
  endpoint: Endpoint,
  hearOf: (agent: Reporter) => void,
): Promise<Novelty> => {
  const { reports, clock } = options;
  if (endpoint.kind === 'receiver') {
    const status = await connections.askReceiver(key, endpoint, requireIdentity(options), () =>
      options.writerTls(reporter),
    );
    const { own, agents } = putReceiverStatus(reports, reporter, status, clock.monotonic());
    for (const [agent, novelty] of agents) {
      options.changed(agent, novelty);
      if (novelty === 'news') hearOf(agent);
    }
    return own;
  }
  const identity = requireIdentity(options);
  const last = reports.agent(key);
  const agent = connections.agent(identity, last !== undefined && last.isHanded !== true);
  const address = {
    ...endpoint,
    servername: agentServerName({ namespace: reporter.namespace, name: reporter.replica, uid: '' }),
  };
  const status = await agentClient.status(address, agent);
  const at = clock.monotonic();
  const novelty = reports.put(key, { at, lookedAt: at, status });
  const isOutdated = (options.generation(reporter) ?? 0) > status.generation;
  const wanted = isOutdated ? options.settings(reporter) : undefined;
  if (wanted && wanted.generation > status.generation) {
    await agentClient.pushSettings(address, agent, wanted);
    options.logger.info({ ...reporter, generation: wanted.generation }, 'settings pushed');
    return 'news';
  }
  return novelty;
};

const requireIdentity = (options: PollerOptions): OperatorIdentity => {
  const identity = options.identity();
  if (!identity) throw new Error('ask for a report: the operator has no certificate yet');
  return identity;
};
