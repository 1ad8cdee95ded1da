import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ReceiverTarget,
  ReplicationSettings,
  TargetSettings,
} from '../../../src/api/settings/replication-settings.ts';
import { createBackoff } from '../../../src/process/backoff.ts';
import { errorAdvice, Failure } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { syncFileSystemOf } from '../../../src/process/system/sync-file-system.ts';
import type { FailureReason, PassProgress, ReplicaError, ReplicaStatus } from '../../protocol/agent-status.ts';
import { createControlClient } from '../../protocol/connection/control-client.ts';
import type { VolumeStatus } from '../../protocol/control.ts';
import type { ReadingLink } from '../link/link.ts';
import type { RestoredFrom } from '../link/notes/restored-from.ts';
import { openLink, openReceiverToRead } from '../link/open-link.ts';
import { reasonOf } from '../link/reason-of.ts';
import { rsyncFlags } from '../rsync/flags.ts';
import { RsyncRun, type RunResult } from '../rsync/run.ts';
import { Tunnel } from '../rsync/tunnel.ts';
import { chooseRestore, type RestoreCandidate } from './choose-restore.ts';
import { RestoreProgress } from './restore-progress.ts';

/**
 * A directory in the source while that is being filled: a restore that was cut off goes on, its remains are never taken
 * for the source. In it are the files that are being received, which a killed rsync would else leave among the others.
 */
export const restoreMarker = '.syncreplica-restoring';

export interface RestoreOptions {
  /** As they are now: an edit may be what mends a restore that waits. */
  readonly settings: () => ReplicationSettings;
  /** Is told from where it was filled before that counts as done. */
  readonly onRestored: (restored: Restored) => void;
  readonly rsync: string;
  /** An agent's own directory. */
  readonly stateDir?: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onError: (target: string, error: ReplicaError) => void;
  readonly onProgress: (target: string, progress: PassProgress) => unknown;
}

/** What the source was filled from. */
export interface Restored {
  readonly target: string;
  /** All that happened at the source until then is there, ms since the epoch; null where nobody knows. */
  readonly coveredAt: number | null;
  readonly from: RestoredFrom;
}

class RestoreFailure extends Failure {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(reason, message);
    this.reason = reason;
  }
}

/** How the restore from a target stands: it failed, or it goes on. */
export interface RestoreStanding {
  readonly lastError?: ReplicaError;
  readonly progress?: PassProgress;
}

/** What is said of a replica while the source is filled: nothing is written to it meanwhile. */
export const restoringReplica = (target: string, { lastError, progress }: RestoreStanding = {}): ReplicaStatus => ({
  target,
  link: lastError ? 'Offline' : 'Connecting',
  initialPassDone: false,
  inSync: false,
  lagSeconds: 0,
  pending: 0,
  position: null,
  lastSyncAt: null,
  lastFullPassAt: null,
  progress: progress ?? null,
  lastError: lastError ?? null,
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
 * Fills the source from the target that covers the most recent time. Waits for targets that can't be reached: one of them
 * may be that one, and starting an application on nothing, or on what is older, would be the loss that this is for.
 * Resolves when the source may be used.
 */
export async function restore(options: RestoreOptions): Promise<'restored' | 'nothing-there' | 'aborted'> {
  const tunnel = new Tunnel();
  await tunnel.listen();
  return restoreThrough({ ...options, tunnel }).finally(() => tunnel.close());
}

type Restoring = RestoreOptions & { readonly tunnel: Tunnel };

async function restoreThrough(options: Restoring): Promise<'restored' | 'nothing-there' | 'aborted'> {
  const { signal } = options;
  const backoff = createBackoff(options.settings().retry);
  while (!signal.aborted) {
    const settings = options.settings();
    const candidates = await askTargets(settings, options);
    const outcome = candidates === undefined ? 'failed' : await restoreFromBest(candidates, settings, options);
    if (outcome !== 'failed') return outcome;
    await sleep(backoff.next(), undefined, { signal }).catch(() => {});
  }
  return 'aborted';
}

/** What each target says of itself; undefined where one does not answer. */
async function askTargets(settings: ReplicationSettings, options: Restoring): Promise<RestoreCandidate[] | undefined> {
  const asked = await Promise.all(
    settings.targets.map(async (target) => {
      try {
        return { target, status: target.kind === 'receiver' ? await askReceiver(target) : null };
      } catch (error) {
        say(target.name, error, options);
        return undefined;
      }
    }),
  );
  const candidates = asked.filter((candidate) => candidate !== undefined);
  return candidates.length === asked.length ? candidates : undefined;
}

async function askReceiver(target: ReceiverTarget): Promise<VolumeStatus> {
  const control = createControlClient(target);
  try {
    const status = await control.status();
    if (status.trouble?.reason !== 'TargetLost') return status;
    throw new RestoreFailure('TargetLost', `restore source from ${target.name}: ${status.trouble.message}`);
  } finally {
    control.close();
  }
}

async function restoreFromBest(
  candidates: readonly RestoreCandidate[],
  settings: ReplicationSettings,
  options: Restoring,
): Promise<'restored' | 'nothing-there' | 'failed'> {
  const marker = join(settings.source, restoreMarker);
  const choice = chooseRestore(candidates);
  if (choice.kind === 'ambiguous') {
    const failure = new RestoreFailure('RestoreAmbiguous', choice.message);
    for (const { target } of candidates) say(target.name, failure, options);
    return 'failed';
  }
  let failed = false;
  for (const { target, status, coveredAt } of choice.candidates) {
    try {
      if ((await restoreFrom(target, status, marker, settings, options)) === 'empty') continue;
      // Files without their content, as a power cut may leave them, would be taken for the source.
      await syncFileSystemOf(settings.source);
      options.onRestored({ target: target.name, coveredAt, from: sinceByTarget(candidates) });
      rmSync(marker, { recursive: true, force: true });
      const covers =
        coveredAt === null
          ? {}
          : { coveredAt: new Date(coveredAt), ageSeconds: Math.round((Date.now() - coveredAt) / 1000) };
      options.logger.info({ target: target.name, ...covers }, 'source was restored');
      return 'restored';
    } catch (error) {
      // An older one would be taken for the source, and then replace this one.
      say(target.name, error, options);
      failed = true;
      break;
    }
  }
  if (!failed && existsSync(marker)) {
    for (const { target } of candidates) say(target.name, nothingToGoOnWith(target, marker), options);
    failed = true;
  }
  return failed ? 'failed' : 'nothing-there';
}

/** The source goes on with what these hold, whatever it was before; a plain daemon can't say since when. */
const sinceByTarget = (candidates: readonly RestoreCandidate[]): RestoredFrom =>
  Object.fromEntries(
    candidates.flatMap(({ target, status }) =>
      status === null ? [[target.name, 0]] : status.lineage ? [[target.name, status.lineage.since]] : [],
    ),
  );

function say(target: string, error: unknown, { onError, logger }: Restoring): void {
  onError(target, {
    reason: error instanceof RestoreFailure ? error.reason : reasonOf(error),
    message: errorAdvice(error),
    at: Date.now(),
  });
  logger.warn({ target, err: error }, 'restore failed');
}

/** What is in the source is a part: whether it will do is not for us to say. */
const nothingToGoOnWith = ({ name }: TargetSettings, marker: string): RestoreFailure =>
  new RestoreFailure(
    'TargetEmpty',
    `restore source from ${name}: it was cut off, and the target is empty now; bring its data back, or remove ${marker} to begin with what is in the source`,
  );

async function restoreFrom(
  target: TargetSettings,
  status: VolumeStatus | null,
  marker: string,
  settings: ReplicationSettings,
  options: Restoring,
): Promise<'filled' | 'empty'> {
  const link =
    target.kind === 'receiver'
      ? openReceiverToRead(target, status?.root ?? '')
      : await openLink(target, {
          ...{ holder: '', epoch: 0, controllerEpoch: 0, takeOver: false },
          ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }),
        });
  return fillThrough(link, target, marker, settings, options).finally(() => link.close());
}

async function fillThrough(
  link: ReadingLink,
  target: TargetSettings,
  marker: string,
  settings: ReplicationSettings,
  options: Restoring,
): Promise<'filled' | 'empty'> {
  const { signal } = options;
  const resumed = existsSync(marker);
  // It stays itself: what ends between its removal and its return would leave a part that nobody knows for one.
  if (resumed) for (const name of readdirSync(marker)) rmSync(join(marker, name), { recursive: true, force: true });
  else mkdirSync(marker, { mode: 0o700 });
  const progress = new RestoreProgress(Date.now);
  const tell = (): unknown => options.onProgress(target.name, progress.progress());
  tell();
  const runOnce = (flavor: 'pull' | 'pullCount', onOutput?: (chunk: Buffer) => void): Promise<RunResult> => {
    const run = pull(flavor, link, marker, settings, options, onOutput);
    signal.addEventListener('abort', () => run.kill(), { once: true });
    return run.feed(Buffer.alloc(0));
  };
  const counted = await runOnce('pullCount');
  // What the count could not do the restore says in its own words.
  if (counted.outcome === 'ok') progress.begin(counted.stats);
  const result = await runOnce('pull', (chunk) => {
    progress.accept(chunk);
    tell();
  });
  if (result.outcome !== 'ok' && !lacksRootOnly(result))
    throw new RestoreFailure(result.reason ?? 'Internal', `restore source from ${target.name}: ${result.message}`);
  // The root is one of them. What is in the source may be from before.
  if (result.stats.files > 1) return 'filled';
  if (!resumed) rmSync(marker, { recursive: true, force: true });
  return 'empty';
}

const notPermitted = 1; // EPERM

/** A volume's root belongs to who made the volume: its own mode and times can't be set by an agent that is not root. */
function lacksRootOnly({ outcome, complaints }: RunResult): boolean {
  if (outcome !== 'partial' || complaints.length === 0) return false;
  return complaints.every(({ side, path, errno }) => side === 'target' && path === '' && errno === notPermitted);
}

function pull(
  flavor: 'pull' | 'pullCount',
  link: ReadingLink,
  marker: string,
  settings: ReplicationSettings,
  { rsync, tunnel }: Restoring,
  onOutput?: (chunk: Buffer) => void,
): RsyncRun {
  return new RsyncRun({
    rsync,
    flags: rsyncFlags(flavor, { sync: settings.sync, filterArgs: [], targetArgs: [`--temp-dir=${marker}`] }),
    source: link.destination,
    destination: `${settings.source}/`,
    password: link.password,
    tunnel,
    dial: link.dial,
    rsh: link.rsh,
    roots: { source: link.targetRoot, target: settings.source },
    stallMs: 60_000,
    ...(onOutput ? { onOutput } : {}),
  });
}
