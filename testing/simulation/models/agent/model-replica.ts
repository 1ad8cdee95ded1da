import type { LocalNote } from '../../../../sidecar/agent/link/local-note.ts';
import { PathLocks } from '../../../../sidecar/agent/locks/path-locks.ts';
import type { ReplicaMetrics } from '../../../../sidecar/agent/replicate/replica-metrics.ts';
import { Replicator } from '../../../../sidecar/agent/replicate/replicator.ts';
import type { ReplicatorOptions } from '../../../../sidecar/agent/replicate/replicator-options.ts';
import { rsyncFlags } from '../../../../sidecar/agent/rsync/flags.ts';
import { settingsForTarget } from '../../../../sidecar/agent/targets/settings-for-target.ts';
import { Verifying } from '../../../../sidecar/agent/verify/start-verifying.ts';
// Loaded before a history begins: how long it takes then is no matter of chance.
import '../../../../sidecar/agent/verify/verifier.ts';
import { toExcludeArgs, toRsyncArgs } from '../../../../sidecar/filter/filter.ts';
import type { ReplicationSettings } from '../../../../src/api/replication-settings.ts';
import { silentLogger } from '../../../../src/process/logger.ts';
import type { Random } from '../../../storm/random.ts';
import type { Life } from '../../world/life.ts';
import type { Scheduler } from '../../world/scheduler.ts';
import { readerOf } from '../model-reader.ts';
import { ModelRun } from '../model-run.ts';
import type { ModelTarget } from '../model-target.ts';
import type { Volume } from '../volume.ts';
import { openModelLink } from './model-link.ts';

export interface ModelReplicaOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly life: Life;
  readonly volume: Volume;
  readonly target: ModelTarget;
  readonly settings: ReplicationSettings;
  readonly note: LocalNote;
  readonly shared: Pick<
    ReplicatorOptions,
    | 'source'
    | 'log'
    | 'lost'
    | 'wall'
    | 'lately'
    | 'budget'
    | 'heldBack'
    | 'notWatched'
    | 'unseenMs'
    | 'holder'
    | 'takeOver'
  > & { readonly drain: () => Promise<void> };
  /** Told before every step that a target's half of a run makes. */
  readonly onServerStep: (target: ModelTarget, epoch: number) => void;
}

const lockTimeoutMs = 600_000;

/** Counts nothing. */
const noMetrics = {
  onRun: () => {},
  onBatch: () => {},
  onFailure: () => {},
  onPassStarted: () => {},
  onFullPass: () => {},
  onHeld: () => {},
} as unknown as ReplicaMetrics;

/** The product's replicator of one target, put together as `running-replica.ts` does. */
export function makeModelReplica(options: ModelReplicaOptions): Replicator {
  const { scheduler, random, life, volume, target, note, shared, onServerStep } = options;
  const settings = settingsForTarget(options.settings, target.settings);
  const filterArgs = toRsyncArgs(settings.filter);
  const verifying = new Verifying({
    target: target.settings.name,
    settings,
    source: shared.source,
    drain: shared.drain,
    logger: silentLogger,
    edges: { reader: readerOf(volume), usedMs: () => 0, clock: life },
  });
  life.onEnd(() => verifying.stop());
  return new Replicator({
    ...shared,
    clock: life,
    random: () => random.below(1_000) / 1_000,
    openLink: (_, request) => openModelLink({ life, target, random, note }, request),
    wait: (signal) => async (ms) => void (await life.sleep(ms, signal)),
    startRun: (link, { flavor, path, onOutput, leftOut }) =>
      new ModelRun({
        scheduler,
        random,
        life,
        target,
        source: volume,
        now: () => life.now(),
        epoch: link.epoch,
        flags: rsyncFlags(flavor, {
          sync: settings.sync,
          filterArgs: leftOut === undefined ? filterArgs : [...toExcludeArgs(leftOut), ...filterArgs],
          targetArgs: [...link.targetArgs, ...(path === undefined ? [] : link.partialArgs(path))],
        }),
        onOutput,
        onServerStep: (epoch) => onServerStep(target, epoch),
      }),
    target: target.settings,
    settings,
    locks: new PathLocks({ timeoutMs: lockTimeoutMs }),
    stateDir: '/state',
    verifying,
    metrics: noMetrics,
    logger: silentLogger,
  });
}
