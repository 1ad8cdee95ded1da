import type { ReplicationSettings, TargetSettings } from '../../src/api/settings/replication-settings.ts';
import { systemClock } from '../../src/process/clock.ts';
import { outlastShortage } from '../../src/process/shortage.ts';
import { compileFilter, toExcludeArgs, toRsyncArgs } from '../filter/filter.ts';
import { Copier } from './copies/copier.ts';
import { makeCopyReader } from './copies/read-content.ts';
import type { Owing } from './flush.ts';
import { farewellMs, giveUpAfter } from './link/give-up-after.ts';
import { openLink } from './link/open-link.ts';
import { createWaitForTarget } from './link/wait-for-target.ts';
import { PathLocks } from './locks/path-locks.ts';
import type { OutlineKeeper } from './outline/outline-keeper.ts';
import { TargetProof } from './outline/target-proof.ts';
import { Upstream } from './relay/upstream.ts';
import { Replicator } from './replicate/replicator.ts';
import type { ReplicatorOptions } from './replicate/replicator-options.ts';
import type { ArrivalObserver } from './replicate/status/arrivals.ts';
import { ReplicaMetrics } from './replicate/status/replica-metrics.ts';
import { rsyncFlags } from './rsync/flags.ts';
import { lookFlags, lookIfEmpty } from './rsync/look-if-empty.ts';
import { directoryOfNothing } from './rsync/nothing.ts';
import { RsyncRun } from './rsync/run.ts';
import { makeThrottle } from './rsync/throttle.ts';
import { Tunnel } from './rsync/tunnel.ts';
import type { SourceView } from './source/source-view.ts';
import type { AgentMetrics } from './told/metrics.ts';
import { Verifying } from './verify/start-verifying.ts';

/** A target's replicator with what is its own: locks, and the tunnel that its limit applies to. */
export interface RunningReplica {
  readonly target: TargetSettings;
  readonly replicator: Replicator;
  readonly tunnel: Tunnel;
  readonly locks: PathLocks;
}

export interface ReplicaContext {
  readonly options: Pick<ReplicatorOptions, 'holder' | 'takeOver' | 'stateDir' | 'logger'> & {
    readonly rsync: string;
    readonly stallMs: number;
    readonly version: string;
  };
  readonly settings: ReplicationSettings;
  readonly source: SourceView;
  readonly shared: Pick<
    ReplicatorOptions,
    'log' | 'lost' | 'wall' | 'lately' | 'budget' | 'notWatched' | 'unseenMs' | 'untilSeen' | 'heldBack'
  > & {
    /** Resolves when all that happened at the source until now was told. */
    readonly drain: () => Promise<void>;
    readonly outlines: OutlineKeeper;
    readonly observerOf: (target: string) => ArrivalObserver;
  };
  readonly metrics: AgentMetrics;
  /** The agent ends. */
  readonly signal: AbortSignal;
}

/** A wait may be as long as another run takes, and big files take long. */
const defaultLockTimeoutMs = 600_000;

const checksumStallMs = 3_600_000;

/** Makes it, once a file can be opened; nothing is connected before its replicator is started. */
export async function makeReplica(target: TargetSettings, context: ReplicaContext): Promise<RunningReplica> {
  const { options, settings, source, shared, metrics, signal } = context;
  const { rsync, stallMs, stateDir } = options;
  const limit = settings.sync.bandwidthLimit;
  const throttle = limit === undefined ? undefined : makeThrottle(limit);
  const tunnel = new Tunnel(throttle);
  await outlastShortage(() => tunnel.listen(), signal);
  const { lockWaits } = metrics;
  const own = new ReplicaMetrics(metrics, target.name);
  const locks = new PathLocks({
    timeoutMs: settings.sync.lockTimeoutMs ?? defaultLockTimeoutMs,
    onWaited: () => lockWaits.inc({ outcome: 'granted' }),
    onTimeout: () => lockWaits.inc({ outcome: 'timeout' }),
    onDeadlock: () => lockWaits.inc({ outcome: 'deadlock' }),
  });
  const filterArgs = toRsyncArgs(settings.filter);
  const { outlines: keeper } = shared;
  // A plain daemon can't say who has written there since.
  const proof = target.kind === 'receiver' ? new TargetProof({ ...options, target, settings, keeper }) : undefined;
  const replicator = new Replicator({
    ...options,
    ...shared,
    target,
    settings,
    source,
    locks,
    proof,
    clock: systemClock,
    ...(settings.relay ? { upstream: new Upstream(source.path, systemClock) } : {}),
    random: Math.random,
    openLink: (to, asked) => openLink(to, { ...asked, throttle }),
    wait: (signal) => createWaitForTarget(target, signal),
    startRun: (link, { flavor, path, isNew = false, onOutput, leftOut }) => {
      const targetArgs = [...link.targetArgs, ...(path === undefined ? [] : link.partialArgs(path, isNew))];
      const from = flavor === 'delete' ? directoryOfNothing(stateDir) : source.path;
      return new RsyncRun({
        rsync,
        flags: rsyncFlags(flavor, {
          sync: settings.sync,
          filterArgs: leftOut === undefined ? filterArgs : [...toExcludeArgs(leftOut), ...filterArgs],
          targetArgs,
          timeGranularityNs: link.timeGranularityNs,
          keepsReplaced: link.hasHistory,
          maxFileSize: settings.filter.maxFileSize,
        }),
        source: `${from}/`,
        destination: link.destination,
        password: link.password,
        tunnel,
        dial: link.dial,
        rsh: link.rsh,
        isFramed: link.hasHistory,
        roots: { source: source.bytes, target: link.targetRoot },
        // A run that only reads says nothing while it does.
        stallMs: flavor === 'checksum' ? checksumStallMs : stallMs,
        ...(onOutput === undefined ? {} : { onOutput }),
      });
    },
    makeCopier: (link, whole) =>
      // A history is told by runs what they replace; and by its time a run knows what it need not send.
      link.control === undefined || link.hasHistory || !settings.sync.preserve.times
        ? undefined
        : new Copier({
            control: link.control,
            epoch: link.epoch,
            source,
            reader: makeCopyReader(source.bytes),
            filter: compileFilter(settings.filter),
            clock: systemClock,
            whole,
            bandwidthLimit: limit,
            onCopied: (bytes) => own.onCopied(bytes),
          }),
    isEmpty: (link) =>
      lookIfEmpty(
        new RsyncRun({
          rsync,
          flags: lookFlags,
          source: link.destination,
          destination: `${source.path}/`,
          password: link.password,
          tunnel,
          dial: link.dial,
          rsh: link.rsh,
          roots: { source: link.targetRoot, target: source.bytes },
          stallMs,
        }),
      ),
    metrics: own,
    observer: shared.observerOf(target.name),
    verifying: new Verifying({ target: target.name, settings, source, drain: shared.drain, logger: options.logger }),
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
