import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationSettings, TargetSettings } from '../../src/api/replication-settings.ts';
import { createBackoff } from '../../src/process/backoff.ts';
import { errorAdvice, Failure } from '../../src/process/failure.ts';
import type { Logger } from '../../src/process/logger.ts';
import type { FailureReason, ReplicaError, ReplicaStatus } from '../protocol/agent-status.ts';
import { type Link, openLink, reasonOf } from './link/link.ts';
import { rsyncFlags } from './rsync/flags.ts';
import { RsyncRun, type RunResult } from './rsync/run.ts';
import type { Tunnel } from './rsync/tunnel.ts';

/**
 * A directory in the source while that is being filled: a restore that was cut off goes on, its remains are never taken
 * for the source. In it are the files that are being received, which a killed rsync would else leave among the others.
 */
export const restoreMarker = '.syncreplica-restoring';

export interface RestoreOptions {
  /** As they are now: an edit may be what mends a restore that waits. */
  readonly settings: () => ReplicationSettings;
  readonly holder: string;
  readonly rsync: string;
  readonly tunnel: Tunnel;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onError: (target: string, error: ReplicaError) => void;
}

class RestoreFailure extends Failure {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(reason, message);
    this.reason = reason;
  }
}

/** What is said of a replica while the source is filled: nothing is written to it meanwhile. */
export const restoringReplica = (target: string, lastError: ReplicaError | null): ReplicaStatus => ({
  target,
  link: lastError === null ? 'Connecting' : 'Offline',
  initialPassDone: false,
  inSync: false,
  lagSeconds: 0,
  pending: 0,
  position: null,
  lastSyncAt: null,
  lastFullPassAt: null,
  progress: null,
  lastError,
  heldDeletes: null,
  skipped: { count: 0, samples: [] },
  transferredBytes: 0,
  transferredFiles: 0,
  renames: 0,
});

/** Whether the source is empty, or was being filled when an earlier run ended. */
export function needsRestore(settings: ReplicationSettings): boolean {
  if (settings.restore === 'Never' || settings.targets.length === 0) return false;
  if (existsSync(join(settings.source, restoreMarker))) return true;
  return readdirSync(settings.source).every((name) => name === 'lost+found');
}

/**
 * Fills the source from the first target that has data. Waits for targets that can't be reached: starting an application on
 * nothing while its data lies there would be the loss that this is for. Resolves when the source may be used.
 */
export async function restore(options: RestoreOptions): Promise<'restored' | 'nothing-there' | 'aborted'> {
  const { signal, logger } = options;
  const { source, retry } = options.settings();
  const marker = join(source, restoreMarker);
  const backoff = createBackoff(retry);
  while (!signal.aborted) {
    const settings = options.settings();
    let failed = 0;
    for (const target of settings.targets) {
      try {
        const outcome = await restoreFrom(target, marker, settings, options);
        if (outcome === 'empty' && existsSync(marker)) throw nothingToGoOnWith(target, marker);
        if (outcome === 'empty') continue;
        rmSync(marker, { recursive: true, force: true });
        logger.info({ target: target.name }, 'source was restored');
        return 'restored';
      } catch (error) {
        failed++;
        options.onError(target.name, {
          reason: error instanceof RestoreFailure ? error.reason : reasonOf(error),
          message: errorAdvice(error),
          at: Date.now(),
        });
        logger.warn({ target: target.name, err: error }, 'restore failed');
      }
    }
    if (failed === 0) return 'nothing-there';
    await sleep(backoff.next(), undefined, { signal }).catch(() => {});
  }
  return 'aborted';
}

/** What is in the source is a part: whether it will do is not for us to say. */
const nothingToGoOnWith = ({ name }: TargetSettings, marker: string): RestoreFailure =>
  new RestoreFailure(
    'TargetEmpty',
    `restore source from ${name}: it was cut off, and the target is empty now; bring its data back, or remove ${marker} to begin with what is in the source`,
  );

async function restoreFrom(
  target: TargetSettings,
  marker: string,
  settings: ReplicationSettings,
  options: RestoreOptions,
): Promise<'filled' | 'empty'> {
  const { holder, signal } = options;
  const controllerEpoch = settings.controllerEpoch ?? 0;
  const link = await openLink(target, { holder, epoch: 0, controllerEpoch, takeOver: false });
  try {
    if ((await link.control?.status())?.empty === true) return 'empty';
    const resumed = existsSync(marker);
    rmSync(marker, { recursive: true, force: true });
    mkdirSync(marker, { mode: 0o700 });
    const run = pull(link, marker, settings, options);
    signal.addEventListener('abort', () => run.kill(), { once: true });
    const result = await run.feed(Buffer.alloc(0));
    if (result.outcome !== 'ok' && !lacksRootOnly(result))
      throw new RestoreFailure(result.reason ?? 'Internal', `restore source from ${target.name}: ${result.message}`);
    // The root is one of them. What is in the source may be from before.
    if (result.stats.files > 1) return 'filled';
    if (!resumed) rmSync(marker, { recursive: true, force: true });
    return 'empty';
  } finally {
    await link.control?.releaseLease(link.epoch).catch(() => {});
    link.control?.close();
  }
}

const notPermitted = 1; // EPERM

/** A volume's root belongs to who made the volume: its own mode and times can't be set by an agent that is not root. */
function lacksRootOnly({ outcome, complaints }: RunResult): boolean {
  if (outcome !== 'partial' || complaints.length === 0) return false;
  return complaints.every(({ side, path, errno }) => side === 'target' && path === '' && errno === notPermitted);
}

function pull(link: Link, marker: string, settings: ReplicationSettings, { rsync, tunnel }: RestoreOptions): RsyncRun {
  return new RsyncRun({
    rsync,
    flags: rsyncFlags('pull', { sync: settings.sync, filterArgs: [], targetArgs: [`--temp-dir=${marker}`] }),
    source: link.destination,
    destination: `${settings.source}/`,
    password: link.password,
    tunnel,
    dial: link.dial,
    roots: { source: link.targetRoot, target: settings.source },
    stallMs: 60_000,
  });
}
