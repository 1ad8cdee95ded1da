import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AgentOptions, runAgent } from '../../sidecar/agent/main.ts';
import { ports } from '../api/names.ts';
import type { ReplicationSettings } from '../api/replication-settings.ts';
import { parseReplicationSettings } from '../api/settings-schema.ts';
import { toReplicationSettings } from '../api/to-replication-settings.ts';
import { createLogger } from '../process/logger.ts';
import { stopOnSignals } from '../process/shutdown.ts';
import { connectTarget } from './connect-target.ts';
import { parseLogLevel } from './parse-log-level.ts';
import { parseMetricsAddress } from './parse-metrics-address.ts';
import { type ReplicaOptions, replicaFromOptions } from './replica-from-options.ts';
import { UsageFailure, usageFailureOf } from './usage-failure.ts';

interface Options extends ReplicaOptions {
  readonly config?: string;
  readonly holder?: string;
  readonly takeOver?: boolean;
  readonly stateDir?: string;
  readonly metrics?: string;
  readonly logLevel?: string;
}

/** What is pending is sent within it after SIGTERM. */
const graceMs = 300_000;

const readConfig = (path: string): ReplicationSettings => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageFailure(`--config: ${path} can't be read: ${(cause as Error).message}`, { cause });
  }
  const parsed = parseReplicationSettings(text);
  if (!parsed.ok)
    throw usageFailureOf(
      parsed.problems.map((problem) => ({ ...problem, field: problem.field ? `${path}: ${problem.field}` : path })),
    );
  return parsed.settings;
};

const settingsFromFlags = (options: Options): ReplicationSettings => {
  const replica = replicaFromOptions(options, process.cwd());
  const targets = replica.targets.map((target) => {
    if (target.kind === 'external') return connectTarget(target.name, target.external);
    throw new UsageFailure(
      `${target.directory} is a directory, and an agent sends to receivers and rsync daemons; write srep://HOST:PORT/VOLUME`,
      { hint: 'for directories of this machine: syncreplica local' },
    );
  });
  return toReplicationSettings(replica.behaviour, { generation: 0, mount: replica.source, targets });
};

/** `syncreplica agent`: runs until it is told to stop. */
export const agentCommand = async (options: Options): Promise<void> => {
  const { config, file, source, target } = options;
  if (config !== undefined && (file ?? source ?? target) !== undefined)
    throw new UsageFailure('--config holds all settings; leave out --file, --source and --target');
  const configFile = config === undefined ? undefined : resolve(config);
  const logger = createLogger({ name: 'agent', level: parseLogLevel(options.logLevel) });
  const agentOptions: AgentOptions = {
    settings: configFile === undefined ? settingsFromFlags(options) : readConfig(configFile),
    logger,
    ...(await parseMetricsAddress(options.metrics, ports.agentMetrics)),
    ...(configFile === undefined ? {} : { configFile }),
    ...(options.holder === undefined ? {} : { holder: options.holder }),
    ...(options.takeOver === undefined ? {} : { takeOver: options.takeOver }),
    ...(options.stateDir === undefined ? {} : { stateDir: resolve(options.stateDir) }),
  };
  const agent = await runAgent(agentOptions);
  stopOnSignals({ stop: () => agent.stop(), graceMs, logger });
  await agent.ready;
};
