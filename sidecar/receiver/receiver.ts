import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '../../src/process/clock.ts';
import { type ProbeAddress, type ProbeServer, startProbeServer } from '../../src/process/http-server.ts';
import { type Logger, silentLogger } from '../../src/process/log/logger.ts';
import type { ClientIdentity } from '../../src/process/tls/certificate-identity.ts';
import { alpnControl, type LeaseRequest } from '../protocol/control.ts';
import { defaultRsyncTimeoutSeconds } from '../protocol/receiver-layout.ts';
import { requireRsync } from '../protocol/require-rsync.ts';
import { checkOptions, safeRsync } from './check-options.ts';
import { type ControlActions, type ControlApi, createControlApi, type IsUser } from './control/control-api.ts';
import { type DialOptions, dialAgent } from './dial-agent.ts';
import type { HistorySettings } from './history/keep/history-bounds.ts';
import { createLeaseRefusalLog } from './lease/lease-refusals.ts';
import { Refusal } from './refusal.ts';
import { answerUntrusted } from './tls/answer-untrusted.ts';
import { type HostsAccess, makeHostsAccess } from './tls/hosts-access.ts';
import { acceptedUsers, isAcceptedUser, loadCredentials, type ReceiverCredentials } from './tls/tls-material.ts';
import { plainAddress, type RefusedReason, startTlsServer, type TlsServer } from './tls/tls-server.ts';
import { readFigures } from './told/receiver-figures.ts';
import { createReceiverMetrics, type ReceiverMetrics } from './told/receiver-metrics.ts';
import { describeReceiver, notAfterMs } from './told/receiver-status.ts';
import { createRefusalLog } from './told/refusal-log.ts';
import { readSeriesLabels } from './told/series-labels.ts';
import { logOperations, logTransfer } from './told/transfer-log.ts';
import { describeConfinement, detectConfinement } from './volume/confinement.ts';
import { openVolume } from './volume/open-volume.ts';
import type { Volume } from './volume/volume.ts';

export interface ReceiverOptions {
  /** The volume's directory: a mounted claim, or any directory. */
  readonly directory: string;
  /** The volume's name; without it the first writer gives one, which is then kept. */
  readonly volume?: string;
  /** What is in the directory already becomes the replica: '' for all of it, or the path of what is meant. */
  readonly takeIn?: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM texts, or a directory that is read again when it changes: see `readCredentials`. */
  readonly credentials: ReceiverCredentials | { readonly directory: string };
  /** Where /metrics, /healthz and /readyz are served; nowhere by default. `labels`: a file, see `readSeriesLabels`. */
  readonly metrics?: ProbeAddress & { readonly tls?: boolean; readonly labels?: string };
  readonly hosts?: HostsAccess;
  /** An agent that can't dial us is dialed. */
  readonly dial?: DialOptions;
  /** Connections at a time, default 256. */
  readonly maxConnections?: number;
  /** How long an rsync connection may be silent. */
  readonly rsyncTimeoutSeconds?: number;
  readonly readOnly?: boolean;
  /** What is replaced is kept for a while; nothing by default. */
  readonly history?: HistorySettings;
  /** Whoever reads the replica on this machine is told until when: see Freshness. */
  readonly freshForMs?: number;
  /** Is the module listed to who asks the daemon for its modules? Default no. */
  readonly list?: boolean;
  /** What that client is told of it. */
  readonly comment?: string;
  /** Is every entry that comes or goes logged? Default no. */
  readonly logTransfers?: boolean;
  /** Elevated needs root and keeps owners. */
  readonly access?: 'SameUser' | 'Elevated';
  readonly logger?: Logger;
  readonly clock?: Clock;
}

export interface Receiver {
  /** Resolves once connections are taken. @throws Failure, whose code and hint say what to change */
  start(): Promise<{ port: number; metricsPort: number | null }>;
  /** Lets go what is of no use any more; done every minute too. */
  sweep(): Promise<void>;
  /** Ends every run and connection. */
  stop(): Promise<void>;
}

const credentialsCheckMs = 5_000;
const sweepMs = 60_000;
const lossCheckMs = 1_000;

/** One volume, one port: see docs of control.ts for what is said on it. */
export const createReceiver = (options: ReceiverOptions): Receiver => {
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const stops: (() => unknown)[] = [];
  let running: RunningReceiver | undefined;
  let sweep = async (): Promise<void> => {};

  const start = async (): Promise<{ port: number; metricsPort: number | null }> => {
    checkOptions(options);
    const rsync = await requireRsync('rsync', safeRsync);
    const confinement = await detectConfinement();
    const isAllowed = makeHostsAccess(options.hosts ?? { allow: [], deny: [] });
    const credentials = await loadCredentials(options.credentials);
    const volume = await openVolume({
      directory: options.directory,
      name: options.volume,
      takeIn: options.takeIn,
      clock,
      logger,
      confinement,
      credentials,
      readOnly: options.readOnly ?? false,
      history: options.history,
      freshForMs: options.freshForMs,
      list: options.list ?? false,
      comment: options.comment ?? '',
      timeoutSeconds: options.rsyncTimeoutSeconds ?? defaultRsyncTimeoutSeconds,
      onTransfer: options.logTransfers ? logTransfer(logger) : undefined,
    });
    sweep = () => volume.sweep();
    stops.push(() => volume.close());
    running = new RunningReceiver(options, volume, credentials, logger, clock);
    stops.push(() => running?.close());
    const ports = await running.listen(isAllowed);
    stops.push(
      every(credentialsCheckMs, () => running?.reloadCredentials()),
      every(sweepMs, sweep),
      every(lossCheckMs, () => volume.endIfLost()),
    );
    logger.info(
      {
        host: options.host,
        ...ports,
        directory: options.directory,
        volume: volume.lease.volume,
        rsync,
        confinement: describeConfinement(confinement),
      },
      'receiver ready',
    );
    return ports;
  };

  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };

  return {
    start: () =>
      start().catch(async (error: unknown) => {
        await stop();
        throw error;
      }),
    sweep: () => sweep(),
    stop,
  };
};

/** What is there between start and stop. */
class RunningReceiver {
  readonly #options: ReceiverOptions;
  readonly #volume: Volume;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #metrics: ReceiverMetrics;
  readonly #control: ControlApi;
  readonly #logRefusal: ReturnType<typeof createRefusalLog>;
  readonly #logLeaseRefusal: ReturnType<typeof createLeaseRefusalLog>;
  readonly #controlSockets = new Set<TLSSocket>();
  #credentials: ReceiverCredentials;
  #server: TlsServer | undefined;
  #probes: ProbeServer | undefined;
  #hangUp: (() => void) | undefined;

  constructor(
    options: ReceiverOptions,
    volume: Volume,
    credentials: ReceiverCredentials,
    logger: Logger,
    clock: Clock,
  ) {
    this.#options = options;
    this.#volume = volume;
    this.#credentials = credentials;
    this.#logger = logger;
    this.#clock = clock;
    const takeLease: ControlActions['takeLease'] = (name, request) => this.#takeLease(name, request);
    const isUser: IsUser = (username, password) => isAcceptedUser(acceptedUsers(this.#credentials), username, password);
    const actions = options.logTransfers ? logOperations(volume.actions, logger) : volume.actions;
    this.#control = createControlApi({ ...actions, takeLease }, isUser, logger);
    this.#logLeaseRefusal = createLeaseRefusalLog(logger);
    this.#logRefusal = createRefusalLog(logger, clock);
    this.#metrics = createReceiverMetrics(
      () => readFigures(volume, options.directory, this.#controlSockets.size, this.#credentials.cert),
      readSeriesLabels(options.metrics?.labels, () => volume.lease.volume, logger),
    );
  }

  async listen(isAllowed: (address: string) => boolean): Promise<{ port: number; metricsPort: number | null }> {
    const { host, port, maxConnections = 256, metrics } = this.#options;
    this.#server = await startTlsServer({
      host,
      port,
      maxConnections,
      isAllowed,
      credentials: this.#credentials,
      nowMs: () => this.#clock.now(),
      onRefused: (reason, address, detail) => this.#refused(reason, address, detail),
      onConnection: (socket, protocol, identity) => this.#serve(socket, protocol, identity),
      onUntrusted: (socket, protocol, reason) => answerUntrusted(socket, protocol, reason),
    });
    const server = this.#server;
    const dialing = {
      password: () => this.#credentials.password,
      adopt: (socket: Socket) => server.adopt(socket),
      hasRoom: () => server.open < maxConnections,
      logger: this.#logger,
    };
    if (this.#options.dial) this.#hangUp = dialAgent(this.#options.dial, dialing);
    if (metrics) {
      this.#probes = await startProbeServer({
        ...metrics,
        tls: metrics.tls === true ? () => this.#credentials : undefined,
        metrics: this.#metrics.registry,
        // Started anew a container gets its mount back.
        health: () => ({ ok: this.#volume.trouble?.reason !== 'TargetLost' }),
        ready: () => ({
          ok: this.#server !== undefined && this.#volume.trouble === null,
          detail: {
            trouble: this.#volume.trouble,
            volume: this.#volume.lease.volume,
            epoch: this.#volume.lease.epoch,
          },
        }),
        pages: { '/v1/status': describeReceiver(this.#volume, this.#controlSockets, () => this.#credentials.cert) },
      });
    }
    return { port: this.#server.port, metricsPort: this.#probes?.port ?? null };
  }

  async reloadCredentials(): Promise<void> {
    try {
      const next = await loadCredentials(this.#options.credentials, this.#credentials);
      if (next === this.#credentials) return;
      await this.#volume.rsync.setSecret(next);
      this.#server?.setCredentials(next);
      this.#credentials = next;
      this.#logger.info({ notAfter: new Date(notAfterMs(next.cert)) }, 'credentials reloaded');
    } catch (err) {
      this.#logger.warn({ err }, 'credentials not reloaded');
    }
  }

  async close(): Promise<void> {
    this.#hangUp?.();
    const server = this.#server;
    this.#server = undefined;
    this.#control.close();
    await server?.close();
    await this.#probes?.close();
  }

  #serve(socket: TLSSocket, protocol: string, identity: ClientIdentity): void {
    if (protocol === alpnControl) {
      this.#controlSockets.add(socket);
      socket.on('close', () => this.#controlSockets.delete(socket));
      this.#control.serve(socket, identity);
      return;
    }
    const address = plainAddress(socket.remoteAddress);
    const refused = (reason: RefusedReason, detail: string): void => this.#refused(reason, address, detail);
    this.#volume.rsync.serveRsync(socket, identity, refused).catch((err: unknown) => {
      this.#logger.error({ err }, 'an rsync connection could not be served');
      socket.destroy();
    });
  }

  async #takeLease(volume: string, request: LeaseRequest): Promise<object> {
    const { actions, lease } = this.#volume;
    try {
      return await actions.takeLease(volume, request);
    } catch (error) {
      if (error instanceof Refusal) {
        this.#metrics.countRefused('lease');
        this.#logLeaseRefusal(volume, request, lease, error.answer.code);
      }
      throw error;
    }
  }

  #refused(reason: RefusedReason, address: string, detail: string): void {
    this.#metrics.countRefused(reason);
    this.#logRefusal(reason, address, detail);
  }
}

const every = (ms: number, run: () => unknown): (() => void) => {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
};
