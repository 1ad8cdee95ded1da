import { statfs } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import type { ClientIdentity } from '../../../src/process/certificate-identity.ts';
import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/logger.ts';
import { type LeaseAnswer, type LeaseRequest, leaseTtlMs, type VolumeStatus } from '../../protocol/control.ts';
import type { ControlActions } from '../control/control-api.ts';
import { VolumeLease } from '../lease/volume-lease.ts';
import { Refusal } from '../refusal.ts';
import { applyRenames } from '../rename/rename-hints.ts';
import { type RsyncEnd, readPreamble, serveRsync } from '../rsyncd/rsync-connection.ts';
import { RsyncRuns } from '../rsyncd/rsync-runs.ts';
import { makeRsyncdConfig, moduleRoot } from '../rsyncd/rsyncd-config.ts';
import { createRsyncdFiles, type RsyncdFiles } from '../rsyncd/rsyncd-files.ts';
import { acceptedUsers, type ReceiverCredentials, type RsyncUser } from '../tls-material.ts';
import type { RefusedReason } from '../tls-server.ts';
import { type Confinement, confinedRsync } from './confinement.ts';
import {
  isEmptyReplica,
  makeRoom,
  openVolumeDirectory,
  removeLeftovers,
  removeOld,
  type VolumeDirectory,
} from './volume-directory.ts';
import { VolumePosition } from './volume-position.ts';

export interface VolumeOptions {
  readonly directory: string;
  readonly name: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly confinement: Confinement;
  readonly credentials: ReceiverCredentials;
  readonly readOnly: boolean;
  readonly list: boolean;
  readonly timeoutSeconds: number;
}

/** Opens a volume: its lock, state and rsync's files. @throws Failure */
export const openVolume = async (options: VolumeOptions): Promise<Volume> => {
  const directory = await openVolumeDirectory(options.directory);
  try {
    const runs = new RsyncRuns();
    const endOlderThan = async (epoch: number): Promise<void> => {
      await runs.endOlderThan(epoch);
      if (runs.size === 0) await removeLeftovers(directory);
    };
    const lease = await VolumeLease.open({ directory, clock: options.clock, volume: options.name, endOlderThan });
    const position = await VolumePosition.open(directory, options.clock);
    const files = await createRsyncdFiles(directory.root);
    const volume = new Volume(options, directory, lease, position, runs, files);
    await volume.setSecret(options.credentials);
    return volume;
  } catch (error) {
    await directory.close();
    throw error;
  }
};

/** One volume while it is open: who may write it, and the rsyncs at work in it. */
export class Volume {
  readonly lease: VolumeLease;
  readonly position: VolumePosition;
  readonly runs: RsyncRuns;
  readonly #options: VolumeOptions;
  readonly #directory: VolumeDirectory;
  readonly #files: RsyncdFiles;
  readonly #root: string;
  readonly #sockets = new Set<TLSSocket>();
  #closedBytes = 0;
  #users: readonly RsyncUser[];

  constructor(
    options: VolumeOptions,
    directory: VolumeDirectory,
    lease: VolumeLease,
    position: VolumePosition,
    runs: RsyncRuns,
    files: RsyncdFiles,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.lease = lease;
    this.position = position;
    this.runs = runs;
    this.#files = files;
    this.#root = moduleRoot({ chroot: options.confinement.chroot, directory: directory.root });
    this.#users = acceptedUsers(options.credentials);
  }

  readonly actions: ControlActions = {
    takeLease: (volume, request) => this.#takeLease(volume, request),
    releaseLease: async (volume, epoch) => {
      this.lease.requireVolume(volume);
      await this.lease.release(epoch);
      this.#options.logger.info({ volume, epoch }, 'writer left');
    },
    rename: async (volume, request) => {
      this.#requireWritable(volume);
      return applyRenames(this.#directory, request, () => this.lease.requireEpoch(request.epoch));
    },
    reportPosition: async (volume, report) => {
      this.lease.requireVolume(volume);
      this.lease.requireEpoch(report.position.epoch);
      await this.position.report(report);
    },
    status: (volume) => this.#status(volume),
  };

  /** For connections from now on. */
  async setSecret(credentials: ReceiverCredentials): Promise<void> {
    this.#users = acceptedUsers(credentials);
    await this.#writeConfig();
  }

  /** Reads the preamble and runs an rsync daemon on the connection, or tells the client why not. */
  async serveRsync(
    socket: TLSSocket,
    identity: ClientIdentity,
    onRefused: (reason: RefusedReason, detail: string) => void,
  ): Promise<void> {
    const refuse = (reason: RefusedReason, code: string, message: string): void => {
      onRefused(reason, message);
      socket.end(`@ERROR: ${code} ${message}\n`);
      socket.setTimeout(5_000, () => socket.destroy());
    };
    const preamble = await readPreamble(socket);
    if (!preamble)
      return refuse('preamble', 'BadRequest', 'open rsync connection: it began without a volume and epoch');
    if (!identity.volumes.includes(preamble.volume)) {
      return refuse('volume', 'Forbidden', `use volume ${preamble.volume}: the client certificate doesn’t name it`);
    }
    try {
      this.lease.requireVolume(preamble.volume);
      this.lease.requireEpoch(preamble.epoch);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message } = error.answer;
      return refuse(code === 'StaleEpoch' ? 'epoch' : 'volume', code, message);
    }
    // From the check to the entry in `runs` nothing else happens: an epoch that ends finds this run.
    this.#run(socket, preamble.epoch);
  }

  receivedBytes(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead, this.#closedBytes);
  }

  /** Removes what rsyncs that were killed one by one left behind: nothing that a run still writes to is so old. */
  async sweep(): Promise<void> {
    await removeOld(this.#directory.temporary, Math.max(3_600_000, this.#options.timeoutSeconds * 2_000));
  }

  async close(): Promise<void> {
    await this.runs.endOlderThan(Number.POSITIVE_INFINITY);
    await removeLeftovers(this.#directory);
    await this.#files.close();
    await this.#directory.close();
  }

  #run(socket: TLSSocket, epoch: number): void {
    const log = this.#files.nextLog();
    const { config, secrets, logs } = this.#files;
    const command = confinedRsync(this.#options.confinement, this.#directory, { read: [config, secrets], logs }, [
      '--daemon',
      `--config=${config}`,
      `--log-file=${log}`,
    ]);
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#closedBytes += socket.bytesRead;
    });
    const run = serveRsync({
      socket,
      command,
      lock: this.#directory.lock,
      epoch,
      onEnd: (ended, result) => {
        this.runs.delete(ended);
        this.#ended(log, result).catch((err: unknown) => {
          this.#options.logger.warn({ err }, 'what an rsync left behind could not be looked at');
        });
      },
    });
    this.runs.add(run);
  }

  async #ended(log: string, result: RsyncEnd): Promise<void> {
    const text = await this.#files.takeLog(log);
    if (result.exitCode === 0) return;
    await makeRoom(this.#directory);
    this.#options.logger.debug(
      { exitCode: result.exitCode, messages: result.messages, log: text },
      'rsync ended with an error',
    );
  }

  #requireWritable(volume: string): void {
    this.lease.requireVolume(volume);
    if (!this.#options.readOnly) return;
    throw new Refusal({ code: 'Forbidden', message: `change volume ${volume}: this receiver is read-only` });
  }

  async #takeLease(volume: string, request: LeaseRequest): Promise<LeaseAnswer> {
    const before = this.lease.epoch;
    const epoch = await this.lease.take(volume, request);
    if (epoch !== before) {
      await this.#writeConfig();
      this.#options.logger.info({ volume, epoch, holder: request.holder }, 'writer changed');
    }
    return {
      epoch,
      ttlMs: leaseTtlMs,
      position: this.position.kept.position,
      note: this.position.kept.note,
      root: this.#root,
    };
  }

  async #writeConfig(): Promise<void> {
    const volume = this.lease.volume;
    if (volume === null) return;
    const { readOnly, list, timeoutSeconds, confinement } = this.#options;
    const uid = process.getuid?.() ?? 0;
    await this.#files.write(this.#users, (secretsFile) =>
      makeRsyncdConfig({
        volume,
        directory: this.#directory.root,
        chroot: confinement.chroot,
        usernames: this.#users.map(({ username }) => username),
        secretsFile,
        readOnly,
        list,
        timeoutSeconds,
        ...(uid === 0 ? { user: { uid, gid: process.getgid?.() ?? 0 } } : {}),
      }),
    );
  }

  async #status(volume: string): Promise<VolumeStatus> {
    this.lease.requireVolume(volume);
    const { position, heartbeatAt, fullPassAt } = this.position.kept;
    const space = await statfs(this.#directory.root);
    return {
      volume: this.lease.volume ?? volume,
      epoch: this.lease.epoch,
      holder: this.lease.holder,
      leaseExpiresInMs: Math.round(this.lease.expiresInMs),
      position,
      heartbeatAt,
      fullPassAt,
      freeBytes: space.bavail * space.bsize,
      totalBytes: space.blocks * space.bsize,
      empty: await isEmptyReplica(this.#directory),
    };
  }
}
