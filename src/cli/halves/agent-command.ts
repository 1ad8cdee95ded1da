import { resolve } from 'node:path';
import { type AgentOptions, runAgent } from '../../../sidecar/agent/main.ts';
import { ports } from '../../api/names.ts';
import type { ReplicationSettings, TlsMaterial } from '../../api/settings/replication-settings.ts';
import type { Logger } from '../../process/log/logger.ts';
import { stopOnSignals } from '../../process/shutdown.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { agentGraceMs, shutdownGraceMs } from '../grace.ts';
import { openLog } from '../open-log.ts';
import { parseHostPort } from '../parse/parse-host-port.ts';
import { parseMetricsAddress } from '../parse/parse-metrics-address.ts';
import type { ReplicaOptions } from '../parse/replica-from-options.ts';
import { withAdoption } from '../parse/with-adoption.ts';
import { directoryOf, readAgentConfig, readApiCertificate } from './agent-config.ts';
import { openSteering } from './open-steering.ts';
import { settingsFromFlags } from './settings-from-flags.ts';

interface Options extends ReplicaOptions {
  readonly config?: string;
  readonly api?: string;
  readonly await?: string;
  readonly holder?: string;
  readonly takeOver?: boolean;
  readonly relay?: boolean;
  readonly adopt?: boolean;
  readonly stateDir?: string;
  readonly metrics?: string;
  readonly metricsTls?: boolean;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

/** Where receivers dial in: settings under which the agent finds them. */
const awaitTargets = async (at: { host: string; port: number }, logger: Logger) => {
  const { DialedInTargets } = await import('../../../sidecar/agent/dialed-in/dialed-in-targets.ts');
  const targets = await DialedInTargets.listen(at, logger);
  logger.info({ host: at.host, port: targets.port }, 'receivers are awaited');
  return async (settings: ReplicationSettings): Promise<ReplicationSettings> => ({
    ...settings,
    targets: await Promise.all(
      settings.targets.map((target) => (target.kind === 'receiver' ? targets.expect(target) : target)),
    ),
  });
};

/** Where the certificate of a server is read, at each time anew. */
const certificateOf = (flag: string, { certs, config }: Options): (() => TlsMaterial) => {
  const directory = certs ?? (config === undefined ? undefined : directoryOf(config));
  if (directory === undefined)
    throw new UsageFailure(`${flag} needs a certificate; give --certs, or --config with it beside`);
  return () => readApiCertificate(directory);
};

const apiOf = (options: Options): object =>
  options.api === undefined
    ? {}
    : { api: { ...parseHostPort('--api', options.api), tls: certificateOf('--api', options) } };

const metricsOf = (options: Options): Pick<AgentOptions, 'metrics'> => {
  const { metrics } = parseMetricsAddress(options.metrics, ports.agentMetrics);
  if (metrics === undefined || options.metricsTls !== true) return metrics === undefined ? {} : { metrics };
  return { metrics: { ...metrics, tls: certificateOf('--metrics-tls', options) } };
};

/** `syncreplica agent`: runs until it is told to stop. */
export const agentCommand = async (options: Options): Promise<void> => {
  const { config, file, source, target } = options;
  if (config !== undefined && (file ?? source ?? target) !== undefined)
    throw new UsageFailure('--config holds all settings; leave out --file, --source and --target');
  const logger = await openLog('agent', options);
  if (options.await !== undefined && config !== undefined)
    throw new UsageFailure('--await is for --target and --file; an operator’s agents dial');
  const dialedIn =
    options.await === undefined ? undefined : await awaitTargets(parseHostPort('--await', options.await), logger);
  const read = async (): Promise<ReplicationSettings> => {
    const given = await settingsFromFlags(options);
    const settings = withAdoption(options.relay ? { ...given, relay: true } : given, options.adopt);
    return dialedIn === undefined ? settings : dialedIn(settings);
  };
  const first = config === undefined ? await read() : undefined;
  const signals = stopOnSignals({ stop: async () => {}, graceMs: shutdownGraceMs, logger });
  const agent = await runAgent({
    ...(first !== undefined
      ? { settings: first }
      : {
          settings: withAdoption(
            await readAgentConfig(config as string, options.api !== undefined, logger),
            options.adopt,
          ),
          configFile: resolve(config as string),
        }),
    logger,
    ...metricsOf(options),
    ...apiOf(options),
    ...(options.holder === undefined ? {} : { holder: options.holder }),
    ...(options.takeOver === undefined ? {} : { takeOver: options.takeOver }),
    ...(options.stateDir === undefined ? {} : { stateDir: resolve(options.stateDir) }),
  });
  const steering = first && (await openSteering({ agent, first, reread: read, logger, now: Date.now }));
  const stop = (): Promise<void> => {
    steering?.close();
    return agent.stop(agentGraceMs);
  };
  signals();
  stopOnSignals({ stop, graceMs: shutdownGraceMs, logger, onHangup: steering?.onHangup });
  await agent.ready;
  if (agent.metricsPort !== undefined) logger.info({ port: agent.metricsPort }, 'metrics and status are served');
};
