import { statfs } from 'node:fs/promises';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Logger } from '../../../src/process/log/logger.ts';
import {
  type LeaseAnswer,
  type LeaseRequest,
  leaseTtlMs,
  type PositionAnswer,
  type PositionReport,
  type ReceiverLife,
  type VolumeStatus,
  type VolumeTrouble,
} from '../../protocol/control.ts';
import { AgentReports } from '../control/agent-reports.ts';
import type { ControlActions } from '../control/control-api.ts';
import type { DeletionBins } from '../deletions/delete-paths.ts';
import { expireBins } from '../deletions/expire-bins.ts';
import type { Freshness } from '../freshness/freshness.ts';
import type { History } from '../history/history.ts';
import { makeHistoryControl } from '../history/history-control.ts';
import { showEqualLooks } from '../history/roll-back/equal-looks.ts';
import type { WriteHold } from '../hold/write-hold.ts';
import { HookFiles } from '../hook-files/hook-files.ts';
import type { VolumeLease } from '../lease/volume-lease.ts';
import { Refusal } from '../refusal.ts';
import type { RsyncRuns } from '../rsyncd/rsync-runs.ts';
import type { RsyncService } from '../rsyncd/rsync-service.ts';
import type { RsyncdFiles } from '../rsyncd/rsyncd-files.ts';
import { answerHash, answerList } from '../verify/answer-verify.ts';
import {
  isEmptyReplica,
  isRoomShort,
  removeLeftovers,
  removeOld,
  removeOldPartials,
  type VolumeDirectory,
} from './volume-directory.ts';
import type { VolumeHealth } from './volume-health.ts';
import type { VolumePosition } from './volume-position.ts';
import { makeWriteActions } from './write-actions.ts';

export interface VolumeOptions {
  /** Where the volume lies inside the rsync module: see LeaseAnswer.root. */
  readonly root: string;
  readonly readOnly: boolean;
  readonly timeoutSeconds: number;
  readonly logger: Logger;
}

/** What is opened with a volume. */
export interface VolumeParts {
  readonly directory: VolumeDirectory;
  readonly lease: VolumeLease;
  readonly position: VolumePosition;
  readonly runs: RsyncRuns;
  readonly rsync: RsyncService;
  readonly files: RsyncdFiles;
  readonly bins: DeletionBins;
  readonly health: VolumeHealth;
  readonly freshness: Freshness;
  readonly life: ReceiverLife;
  readonly timeGranularityNs: number;
  readonly hold: WriteHold;
}

/** One volume while it is open: who may write it, and what is done to it. */
export class Volume {
  readonly lease: VolumeLease;
  readonly position: VolumePosition;
  readonly runs: RsyncRuns;
  readonly rsync: RsyncService;
  readonly #options: VolumeOptions;
  readonly #parts: VolumeParts;
  readonly #directory: VolumeDirectory;
  readonly #hookFiles: HookFiles;
  readonly #reports = new AgentReports(() => performance.now());

  constructor(options: VolumeOptions, parts: VolumeParts) {
    this.#options = options;
    this.#parts = parts;
    this.#directory = parts.directory;
    this.#hookFiles = new HookFiles(parts.directory.hooks);
    this.lease = parts.lease;
    this.position = parts.position;
    this.runs = parts.runs;
    this.rsync = parts.rsync;
  }

  readonly actions: ControlActions = {
    history: makeHistoryControl(() => ({ ...this.#parts, logger: this.#options.logger })),
    hold: {
      begin: (volume, request) => {
        this.lease.requireVolume(volume);
        this.#parts.health.require();
        return this.#parts.hold.begin(request);
      },
      end: (volume, request) => {
        this.lease.requireVolume(volume);
        return this.#parts.hold.end(request);
      },
    },
    takeLease: (volume, request) => this.#takeLease(volume, request),
    releaseLease: async (volume, epoch) => {
      this.lease.requireVolume(volume);
      await this.lease.release(epoch);
      this.#options.logger.info({ volume, epoch }, 'writer left');
    },
    ...makeWriteActions(
      () => ({ ...this.#parts, hookFiles: this.#hookFiles }),
      (volume, work) => this.#write(volume, work),
    ),
    listKept: async (volume) => {
      this.lease.requireVolume(volume);
      return { kept: this.#parts.bins.kept.list() };
    },
    list: async (volume, request) => {
      this.#requireWriter(volume, request.epoch);
      return answerList(this.#directory.data, request);
    },
    hash: async (volume, request) => {
      this.#requireWriter(volume, request.epoch);
      return answerHash(this.#directory.data, request);
    },
    promote: async (volume, request) => {
      this.#parts.health.require();
      await this.lease.promote(volume, request);
      this.#options.logger.warn({ volume, epoch: this.lease.epoch, ...this.lease.promoted }, 'promoted');
      return this.#status(volume);
    },
    demote: async (volume, request) => {
      this.#parts.health.require();
      await this.lease.demote(volume, request);
      this.#options.logger.warn({ volume, epoch: this.lease.epoch, ...this.lease.lineage }, 'demoted');
      return this.#status(volume);
    },
    checkpoint: async (volume, request) => {
      this.#requireWriter(volume, request.position.epoch);
      this.#parts.hold.cover(request.operation);
      return { made: this.history?.checkpoint(request) ?? false };
    },
    reportPosition: (volume, report) => this.#reportPosition(volume, report),
    status: (volume) => this.#status(volume),
    report: async (volume, status) => {
      this.lease.requireVolume(volume);
      this.#reports.put(status);
    },
  };

  /**
   * Removes what rsyncs that were killed one by one left behind, for nothing that a run still writes to is so old; what
   * was kept long enough; and what could not be removed before.
   */
  async sweep(): Promise<void> {
    const { trash } = this.#parts.bins;
    if (this.trouble) return;
    try {
      await removeOld(this.#directory.temporary, Math.max(3_600_000, this.#options.timeoutSeconds * 2_000));
      await removeOldPartials(this.#directory.partial);
      const isShort = await isRoomShort(this.#directory);
      await expireBins(this.#parts.bins, isShort);
      if (isShort) await this.#hookFiles.expire();
      trash.emptySoon();
    } catch (err) {
      this.#options.logger.warn({ err }, 'what is of no use any more could not be removed');
    }
  }

  async close(): Promise<void> {
    const { trash, kept } = this.#parts.bins;
    this.#parts.hold.breakOff();
    await this.runs.endAll();
    await trash.close();
    kept.close();
    await this.history?.close();
    if (!this.trouble) await removeLeftovers(this.#directory);
    await this.#parts.files.close();
    await this.#directory.close();
  }

  get trouble(): VolumeTrouble | null {
    return this.#parts.health.trouble();
  }

  /** What still runs in a volume that was lost writes to nowhere, and would say that it is done. */
  async endIfLost(): Promise<void> {
    if (!this.runs.isWriting || this.trouble?.reason !== 'TargetLost') return;
    await this.runs.endOlderThan(Number.POSITIVE_INFINITY).catch((err: unknown) => {
      this.#options.logger.warn({ err }, 'what still runs in a volume that was lost could not be ended');
    });
  }

  get coveredAt(): number | null {
    return this.#parts.freshness.coveredAt;
  }

  get history(): History | undefined {
    return this.#parts.bins.history;
  }

  async #reportPosition(volume: string, report: PositionReport): Promise<PositionAnswer> {
    this.#requireWriter(volume, report.position.epoch);
    await this.position.report(report);
    return {
      ...this.#parts.life,
      position: this.position.kept.position ?? report.position,
      operation: this.#parts.hold.tell(this.history?.operation),
    };
  }

  #requireWriter(volume: string, epoch: number): void {
    this.lease.requireVolume(volume);
    this.#parts.health.require();
    this.lease.requireEpoch(epoch);
  }

  /** Does what changes the replica, and waits while it is held. */
  async #write<T>(volume: string, work: () => T | Promise<T>): Promise<T> {
    this.lease.requireVolume(volume);
    this.#parts.health.require();
    if (!this.#options.readOnly) return this.#parts.hold.operate(work);
    throw new Refusal({ code: 'Forbidden', message: `change volume ${volume}: this receiver is read-only` });
  }

  async #takeLease(volume: string, request: LeaseRequest): Promise<LeaseAnswer> {
    const { epoch: before, lineage: lineageBefore } = this.lease;
    const askedAt = this.#parts.freshness.now;
    this.#parts.health.require();
    const { epoch, continues } = await this.lease.take(volume, request);
    if (epoch !== before) {
      await showEqualLooks(this.#directory);
      await this.rsync.writeConfig();
      const writer = { volume, epoch, holder: request.holder };
      this.#options.logger.info(writer, continues ? 'writer connected anew' : 'writer changed');
      if (!request.preserves) this.history?.gap('writer');
    }
    this.#parts.freshness.note(request.coveredMs, askedAt);
    const { lineage } = this.lease;
    if (lineage?.adopted && lineage.id !== lineageBefore?.id) {
      const fields = { volume, epoch, lineage: lineage.id, ...lineage.adopted };
      this.#options.logger.warn(fields, 'another source was adopted');
    }
    return {
      ...this.#parts.life,
      epoch,
      continues,
      lineage: lineage?.id ?? null,
      timeGranularityNs: this.#parts.timeGranularityNs,
      ttlMs: leaseTtlMs,
      position: this.position.kept.position,
      note: this.position.kept.note,
      root: this.#options.root,
      takesSmallFiles: true,
      ...(this.history ? { hasHistory: true } : {}),
    };
  }

  async #status(volume: string): Promise<VolumeStatus> {
    this.lease.requireVolume(volume);
    const { position, heartbeatAt, fullPassAt, note } = this.position.kept;
    const { trouble } = this;
    const space = await statfs(this.#directory.root);
    return {
      ...this.#parts.life,
      volume: this.lease.volume ?? volume,
      epoch: this.lease.epoch,
      holder: this.lease.holder,
      leaseExpiresInMs: Math.round(this.lease.expiresInMs),
      version: packageJson.version,
      position,
      heartbeatAt,
      fullPassAt,
      note,
      root: this.#options.root,
      lineage: this.lease.lineage,
      promoted: this.lease.promoted,
      ...(trouble ? { trouble } : {}),
      coveredMs: this.#parts.freshness.ageMs,
      ...(this.#parts.hold.since === null ? {} : { heldSince: this.#parts.hold.since }),
      kept: this.#parts.bins.kept.list().map(({ samples: _, ...mass }) => mass),
      freeBytes: space.bavail * space.bsize,
      totalBytes: space.blocks * space.bsize,
      empty: trouble?.reason !== 'TargetLost' && (await isEmptyReplica(this.#directory)),
      agents: this.#reports.list(),
      ...(this.history ? { history: this.history.figures } : {}),
    };
  }
}
