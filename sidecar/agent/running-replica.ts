import type { ReplicationSettings, TargetSettings } from '../../src/api/replication-settings.ts';
import type { LostEvents } from './changes/lost-events.ts';
import type { Owing } from './flush.ts';
import { farewellMs, giveUpAfter } from './link/give-up-after.ts';
import { PathLocks } from './locks/path-locks.ts';
import type { ChangeLog } from './log/change-log.ts';
import type { AgentMetrics } from './metrics.ts';
import { ReplicaMetrics } from './replicate/replica-metrics.ts';
import { Replicator, type ReplicatorOptions } from './replicate/replicator.ts';
import { makeThrottle } from './rsync/throttle.ts';
import { Tunnel } from './rsync/tunnel.ts';
import type { SourceRoot } from './source/source-root.ts';

/** A target's replicator with what is its own: locks, and the tunnel that its limit applies to. */
export interface RunningReplica {
  readonly target: TargetSettings;
  readonly replicator: Replicator;
  readonly tunnel: Tunnel;
  readonly locks: PathLocks;
}

export interface ReplicaContext {
  readonly options: Pick<ReplicatorOptions, 'holder' | 'takeOver' | 'stallMs' | 'rsync' | 'stateDir' | 'logger'>;
  readonly settings: ReplicationSettings;
  readonly source: SourceRoot;
  readonly log: ChangeLog;
  readonly lost: LostEvents;
  readonly metrics: AgentMetrics;
}

/** A wait may be as long as another run takes, and big files take long. */
const lockTimeoutMs = 600_000;

/** Makes it; nothing is connected before its replicator is started. */
export async function makeReplica(target: TargetSettings, context: ReplicaContext): Promise<RunningReplica> {
  const { options, settings, source, log, lost, metrics } = context;
  const limit = settings.sync.bandwidthLimit;
  const tunnel = new Tunnel(limit === undefined ? undefined : makeThrottle(limit));
  await tunnel.listen();
  const { lockWaits } = metrics;
  const locks = new PathLocks({
    timeoutMs: lockTimeoutMs,
    onWaited: () => lockWaits.inc({ outcome: 'granted' }),
    onTimeout: () => lockWaits.inc({ outcome: 'timeout' }),
    onDeadlock: () => lockWaits.inc({ outcome: 'deadlock' }),
  });
  const replicator = new Replicator({
    ...options,
    target,
    settings,
    source,
    log,
    lost,
    locks,
    tunnel,
    metrics: new ReplicaMetrics(metrics, target.name),
  });
  return { target, replicator, tunnel, locks };
}

export async function stopReplica({ replicator, tunnel }: RunningReplica): Promise<void> {
  await replicator.stop();
  await tunnel.close();
}

export const asOwing = ({ replicator }: RunningReplica): Owing => ({
  idle: () => replicator.idle,
  status: () => replicator.status(),
});

/** A connection that is being made can't be called off; a process that ends leaves it behind. */
export const endReplica = (running: RunningReplica): Promise<void> => {
  const ended = stopReplica(running);
  return running.replicator.status().position === null ? giveUpAfter(farewellMs, ended) : ended;
};
