import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { runAgent } from '../../../sidecar/agent/main.ts';
import type { HistorySettings } from '../../../sidecar/receiver/history/keep/history-bounds.ts';
import { createReceiver, type Receiver } from '../../../sidecar/receiver/receiver.ts';
import { ports } from '../../api/names.ts';
import type { ReplicationSettings, TargetSettings } from '../../api/settings/replication-settings.ts';
import { toReplicationSettings } from '../../api/settings/to-replication-settings.ts';
import { Failure } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';
import { stopOnSignals } from '../../process/shutdown.ts';
import { makeCredentials } from '../certificates/write-certificates.ts';
import { agentGraceMs, shutdownGraceMs } from '../grace.ts';
import { localHooks } from '../parse/local-hooks.ts';
import { type HistoryOptions, parseHistory } from '../parse/parse-history.ts';
import type { LocalReplica, LocalTarget } from '../parse/parse-local.ts';
import { parseMetricsAddress } from '../parse/parse-metrics-address.ts';
import { type ReplicaOptions, replicaFromOptions } from '../parse/replica-from-options.ts';
import { withAdoption } from '../parse/with-adoption.ts';
import { connectTarget } from './connect-target.ts';
import { openLivePicture } from './live-picture.ts';
import { leaveLocalClient, removeLocalClient } from './local-client.ts';
import { openSteering } from './open-steering.ts';

interface Options extends ReplicaOptions, HistoryOptions {
  readonly adopt?: boolean;
  readonly stateDir?: string;
  readonly metrics?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

const host = '127.0.0.1';

/** The one volume of a receiver for a directory here; a directory that was used before keeps its name. */
const volume = 'local';

/** Starts a receiver for a directory, or connects to a target elsewhere. */
const startTarget = async (
  target: LocalTarget,
  flags: { readonly history?: HistorySettings },
  logger: Logger,
): Promise<{ settings: TargetSettings; receiver?: Receiver }> => {
  if (target.kind !== 'directory') return { settings: connectTarget(target) };
  const credentials = await makeCredentials({ hosts: [host], volumes: [volume] });
  const receiver = createReceiver({
    directory: target.directory,
    volume,
    host,
    port: 0,
    credentials: credentials.receiver,
    hosts: { allow: [host], deny: [] },
    ...flags,
    ...(target.history ? { history: target.history } : {}),
    logger: logger.child({ half: 'receiver', target: target.name }),
  });
  const { port } = await receiver.start();
  const { ca, cert, key, username, password } = credentials.agent;
  leaveLocalClient(target.directory, `srep://${host}:${port}/${volume}`, credentials.agent);
  return {
    receiver,
    settings: { kind: 'receiver', name: target.name, host, port, volume, username, password, tls: { ca, cert, key } },
  };
};

/** Where a target is, without what is to be done there. */
const placeOf = ({ overrides, ...place }: LocalTarget): object => place;

/** `syncreplica local`: both halves in this process, with certificates made for the run. */
export const localCommand = async (options: Options): Promise<void> => {
  const history = parseHistory(options);
  const replica = await replicaFromOptions(options, process.cwd());
  const picture = await openLivePicture('local', options);
  const { logger } = picture;
  const started: Awaited<ReturnType<typeof startTarget>>[] = [];
  const stopReceivers = async (): Promise<void> => {
    for (const { receiver } of started) await receiver?.stop();
    for (const target of replica.targets) if (target.kind === 'directory') removeLocalClient(target.directory);
  };
  let stop = stopReceivers;
  // From the first moment: a signal while the program starts ends it in order too.
  stopOnSignals({ stop: () => stop(), graceMs: shutdownGraceMs, logger });
  try {
    for (const target of replica.targets) started.push(await startTarget(target, history, logger));
    const settingsOf = ({ source, behaviour, targets, hooks }: LocalReplica): ReplicationSettings =>
      withAdoption(
        toReplicationSettings(behaviour, {
          generation: 0,
          mount: source,
          targets: started.map(({ settings }, index) => ({ ...settings, ...targets[index]?.overrides })),
          hooks: localHooks(hooks),
          releaseDeletes: options.releaseDeletes,
        }),
        options.adopt,
      );
    const first = settingsOf(replica);
    const agent = await runAgent({
      settings: first,
      // Each receiver was started by this very process: whoever held its lease is gone.
      takeOver: true,
      logger: logger.child({ half: 'agent' }),
      ...parseMetricsAddress(options.metrics, ports.agentMetrics),
      ...(options.stateDir === undefined ? {} : { stateDir: resolve(options.stateDir) }),
    });
    const reread = async (): Promise<ReplicationSettings> => {
      const again = await replicaFromOptions(options, process.cwd());
      if (isDeepStrictEqual(again.targets.map(placeOf), replica.targets.map(placeOf))) return settingsOf(again);
      throw new Failure('TargetsChanged', 'read settings again: the targets are others now', {
        hint: 'their receivers are started with the program: start it again',
      });
    };
    const steering = await openSteering({ agent, first, reread, logger, now: Date.now });
    stop = async () => {
      steering.close();
      // Of an agent that has ended there is nothing to show.
      picture.end();
      await agent.stop(agentGraceMs);
      await stopReceivers();
    };
    picture.show(() => agent.status());
    await agent.ready;
    if (agent.metricsPort !== undefined) logger.info({ port: agent.metricsPort }, 'metrics and status are served');
  } catch (error) {
    picture.end();
    await stopReceivers();
    throw error;
  }
};
