import { Copier } from '../../../../sidecar/agent/copies/copier.ts';
import type { LocalNote } from '../../../../sidecar/agent/link/notes/local-note.ts';
// Loaded before a history begins: how long it takes then is no matter of chance.
import '../../../../sidecar/agent/outline/compare-named.ts';
import '../../../../sidecar/agent/outline/proven-pass.ts';
import '../../../../sidecar/agent/verify/verifier.ts';
import { PathLocks } from '../../../../sidecar/agent/locks/path-locks.ts';
import type { OutlineKeeper } from '../../../../sidecar/agent/outline/outline-keeper.ts';
import { TargetProof } from '../../../../sidecar/agent/outline/target-proof.ts';
import { Replicator } from '../../../../sidecar/agent/replicate/replicator.ts';
import type { ReplicatorOptions } from '../../../../sidecar/agent/replicate/replicator-options.ts';
import type { ReplicaMetrics } from '../../../../sidecar/agent/replicate/status/replica-metrics.ts';
import { rsyncFlags } from '../../../../sidecar/agent/rsync/flags.ts';
import { settingsForTarget } from '../../../../sidecar/agent/targets/settings-for-target.ts';
import { Verifying } from '../../../../sidecar/agent/verify/start-verifying.ts';
import { toExcludeArgs, toRsyncArgs } from '../../../../sidecar/filter/filter.ts';
import type { ReplicationSettings } from '../../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import type { Random } from '../../../storm/random.ts';
import type { Life } from '../../world/life.ts';
import type { Scheduler } from '../../world/scheduler.ts';
import { happens, pause } from '../../world/streams.ts';
import { copyReaderOf } from '../copies.ts';
import { readerOf } from '../model-reader.ts';
import { ModelRun } from '../model-run.ts';
import type { ModelTarget } from '../model-target.ts';
import { smallReaderOf } from '../small-files.ts';
import { Volume } from '../volume.ts';
import { openModelLink } from './model-link.ts';
import type { ModelState } from './model-state.ts';

export interface ModelReplicaOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly life: Life;
  readonly volume: Volume;
  readonly target: ModelTarget;
  readonly settings: ReplicationSettings;
  readonly note: LocalNote;
  /** What is known of targets for a restart, and who writes the source down for it; both or none. */
  readonly state: ModelState | undefined;
  readonly keeper: OutlineKeeper | undefined;
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
    | 'untilSeen'
    | 'holder'
    | 'takeOver'
  > & { readonly drain: () => Promise<void> };
  /** Told before every step that a target's half of a run makes. */
  readonly onServerStep: (target: ModelTarget, epoch: number) => void;
}

const lockTimeoutMs = 600_000;
const stateDir = '/state';
/** What is sent from there is missing. */
const nothing = new Volume({ now: () => 0 });
/** Between two pieces of a file that is read. */
const readMs = 0.3;

/** Counts nothing. */
const noMetrics = {
  onRun: () => {},
  onDeleted: () => {},
  onBatch: () => {},
  onFailure: () => {},
  onPassStarted: () => {},
  onFullPass: () => {},
  onSpared: () => {},
  onCopied: () => {},
  onHeld: () => {},
} satisfies Record<keyof ReplicaMetrics, () => void> as unknown as ReplicaMetrics;

/** The product's replicator of one target, put together as `running-replica.ts` does. */
export function makeModelReplica(options: ModelReplicaOptions): Replicator {
  const { scheduler, random, life, volume, target, note, state: states, keeper, shared, onServerStep } = options;
  const settings = settingsForTarget(options.settings, target.settings);
  const filterArgs = toRsyncArgs(settings.filter);
  const logger = silentLogger;
  const verifying = new Verifying({
    target: target.settings.name,
    settings,
    source: shared.source,
    drain: shared.drain,
    logger,
    edges: { reader: readerOf(volume), usedMs: () => 0, clock: life },
  });
  life.onEnd(() => verifying.stop());
  // Mostly a piece is read before anything else happens.
  const readOn = (): Promise<void> | undefined =>
    happens(random, 6) ? life.sleep(pause(random, readMs)).then(() => {}) : undefined;
  const proof =
    target.isDaemon || states === undefined || keeper === undefined
      ? undefined
      : new TargetProof({
          ...{ settings, stateDir, states, keeper },
          target: target.settings,
          version: 'model',
          logger,
        });
  return new Replicator({
    ...shared,
    proof,
    sourceReader: readerOf(volume),
    clock: life,
    random: () => random.below(1_000) / 1_000,
    openLink: (_, request) => openModelLink({ life, target, random, note }, request),
    smallReader: smallReaderOf(volume, readOn),
    makeCopier: (link, whole) =>
      link.control === undefined || !target.makesCopies
        ? undefined
        : new Copier({
            ...{ control: link.control, epoch: link.epoch, source: shared.source, filter: target.filter, clock: life },
            reader: copyReaderOf(volume, readOn),
            whole,
            bandwidthLimit: undefined,
            onCopied: () => {},
          }),
    wait: (signal) => async (ms) => void (await life.sleep(ms, signal)),
    startRun: (link, { flavor, path, isNew = false, onOutput, leftOut }) =>
      new ModelRun({
        scheduler,
        random,
        life,
        target,
        source: flavor === 'delete' ? nothing : volume,
        now: () => life.now(),
        epoch: link.epoch,
        flags: rsyncFlags(flavor, {
          sync: settings.sync,
          filterArgs: leftOut === undefined ? filterArgs : [...toExcludeArgs(leftOut), ...filterArgs],
          keepsReplaced: link.hasHistory,
          targetArgs: [...link.targetArgs, ...(path === undefined ? [] : link.partialArgs(path, isNew))],
        }),
        onOutput,
        onServerStep: (epoch) => onServerStep(target, epoch),
      }),
    target: target.settings,
    settings,
    locks: new PathLocks({ timeoutMs: lockTimeoutMs }),
    stateDir,
    verifying,
    metrics: noMetrics,
    logger,
  });
}
