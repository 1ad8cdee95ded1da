import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { syncFileSystem } from '../../../src/process/system/sync-file-system.ts';
import { expireBins } from '../deletions/expire-bins.ts';
import { KeptMasses } from '../deletions/kept-masses.ts';
import { massDirectoriesIn } from '../deletions/mass-directory.ts';
import { Trash } from '../deletions/trash.ts';
import { Freshness } from '../freshness/freshness.ts';
import type { History } from '../history/history.ts';
import type { HistorySettings } from '../history/keep/history-bounds.ts';
import { preserve } from '../history/keep/preserve.ts';
import { openHistory } from '../history/open-history.ts';
import { WriteHold } from '../hold/write-hold.ts';
import { VolumeLease } from '../lease/volume-lease.ts';
import { BesideTrees } from '../past/beside-trees.ts';
import { RsyncRuns } from '../rsyncd/rsync-runs.ts';
import { RsyncService } from '../rsyncd/rsync-service.ts';
import { moduleRoot } from '../rsyncd/rsyncd-config.ts';
import { createRsyncdFiles } from '../rsyncd/rsyncd-files.ts';
import type { Transfer } from '../rsyncd/transfer-line.ts';
import type { ReceiverCredentials } from '../tls/tls-material.ts';
import type { Confinement } from './confinement.ts';
import { ballastIn } from './durable-file.ts';
import { beginLife } from './receiver-life.ts';
import { takeIn } from './take-in.ts';
import { measureTimeGranularity } from './time-granularity.ts';
import { Volume } from './volume.ts';
import { isRoomShort, openVolumeDirectory, removeLeftovers, removeOldPartials } from './volume-directory.ts';
import { makeVolumeHealth } from './volume-health.ts';
import { VolumePosition } from './volume-position.ts';

export interface OpenVolumeOptions {
  readonly directory: string;
  readonly name: string | undefined;
  /** See TakeIn. */
  readonly takeIn?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly confinement: Confinement;
  readonly credentials: ReceiverCredentials;
  readonly readOnly: boolean;
  readonly list: boolean;
  readonly comment: string;
  readonly timeoutSeconds: number;
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
  readonly history: HistorySettings | undefined;
  readonly freshForMs: number | undefined;
}

/** Opens a volume: its lock, state and rsync's files. @throws Failure */
export const openVolume = async (options: OpenVolumeOptions): Promise<Volume> => {
  const { clock, logger, confinement } = options;
  const { takeIn: path, name } = options;
  const directory = await openVolumeDirectory(
    options.directory,
    path === undefined ? undefined : (volume) => takeIn(volume, { path, volume: name, now: clock.now() }),
  );
  try {
    const runs = new RsyncRuns();
    const life = await beginLife();
    const { bootId } = life;
    const told = { ...life };
    const sync = async (): Promise<void> => {
      try {
        await syncFileSystem(directory.lock);
      } catch (error) {
        // It is said once: what was not acknowledged counts as what another boot may have lost.
        told.bootId = randomUUID();
        throw error;
      }
    };
    const hold = new WriteHold({
      runs,
      receivedBytes: () => rsync.receivedBytes(),
      sync,
      clock,
      logger,
    });
    const endOlderThan = async (epoch: number): Promise<void> => {
      hold.breakOff();
      await runs.endOlderThan(epoch);
      if (!runs.isWriting) await removeLeftovers(directory);
    };
    let history: History | undefined;
    const onDemoted = (): void => history?.gap('promoted');
    const lease = await VolumeLease.open({
      directory,
      clock,
      get bootId() {
        return told.bootId;
      },
      volume: name,
      endOlderThan,
      onDemoted,
    });
    const requireEpoch = (epoch: number): void => lease.requireEpoch(epoch);
    const position = await VolumePosition.open(directory, clock, { sync, requireEpoch });
    const files = await createRsyncdFiles(directory.root);
    const trash = new Trash(directory.trash, logger);
    const settings = options.readOnly ? undefined : options.history;
    history = await openHistory(settings, { directory, trash, clock, logger, bootId });
    const directories = massDirectoriesIn(directory.kept, directory.data, ballastIn(directory));
    const kept = await KeptMasses.open({ directories, trash, history, clock, logger });
    const beside = new BesideTrees({ directory, trash, clock, logger });
    const bins = { trash, kept, history, beside };
    const makeRoom = async (): Promise<void> => {
      if (!(await isRoomShort(directory))) return;
      // As large as what they are of, they could keep it from ever arriving.
      await removeOldPartials(directory.partial, 0);
      await expireBins(bins, true);
    };
    const health = makeVolumeHealth(directory);
    const keepBefore = async (body: unknown, epoch: number): Promise<void> => {
      if (history) await preserve(history, body, () => lease.requireEpoch(epoch));
    };
    const rsync = new RsyncService({
      ...options,
      preserve: keepBefore,
      health,
      directory,
      lease,
      runs,
      files,
      onFailed: makeRoom,
    });
    await rsync.setSecret(options.credentials);
    const root = moduleRoot({ chroot: confinement.chroot, directory: directory.root });
    return new Volume(
      { ...options, root },
      {
        directory,
        lease,
        position,
        runs,
        rsync,
        files,
        bins,
        health,
        freshness: new Freshness({ ...options, root: directory.root }),
        life: told,
        timeGranularityNs: measureTimeGranularity(directory.temporary),
        hold,
      },
    );
  } catch (error) {
    await directory.close();
    throw error;
  }
};
