import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { ClientIdentity } from '../../../src/process/tls/certificate-identity.ts';
import { readingEpoch } from '../../protocol/control.ts';
import type { VolumeLease } from '../lease/volume-lease.ts';
import { Refusal } from '../refusal.ts';
import { acceptedUsers, type ReceiverCredentials, type RsyncUser } from '../tls/tls-material.ts';
import type { RefusedReason } from '../tls/tls-server.ts';
import { type Confinement, confinedRsync } from '../volume/confinement.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import type { VolumeHealth } from '../volume/volume-health.ts';
import { FileFollower } from './follow-file.ts';
import { type Preamble, type RsyncEnd, readPreamble, serveRsync } from './rsync-connection.ts';
import type { RsyncRuns } from './rsync-runs.ts';
import { makeRsyncdConfig } from './rsyncd-config.ts';
import type { RsyncdFiles } from './rsyncd-files.ts';
import { parseTransfer, type Transfer } from './transfer-line.ts';

export interface RsyncServiceOptions {
  readonly directory: VolumeDirectory;
  readonly lease: VolumeLease;
  readonly health: VolumeHealth;
  readonly runs: RsyncRuns;
  readonly files: RsyncdFiles;
  readonly confinement: Confinement;
  readonly credentials: ReceiverCredentials;
  readonly readOnly: boolean;
  readonly list: boolean;
  readonly comment: string;
  readonly timeoutSeconds: number;
  /** Is told of every entry that comes or goes; absent where nobody asks. */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
  /** Keeps what a run of this epoch is about to replace. */
  readonly preserve: (body: unknown, epoch: number) => Promise<void>;
  /** A run ended with an error: the volume may be full. */
  readonly onFailed: () => Promise<void>;
  readonly logger: Logger;
}

/** Runs rsync daemons, one for each connection that may have one. */
export class RsyncService {
  readonly #options: RsyncServiceOptions;
  readonly #directory: VolumeDirectory;
  readonly #files: RsyncdFiles;
  readonly #sockets = new Set<TLSSocket>();
  #closedBytes = 0;
  #users: readonly RsyncUser[];

  constructor(options: RsyncServiceOptions) {
    this.#options = options;
    this.#directory = options.directory;
    this.#files = options.files;
    this.#users = acceptedUsers(options.credentials);
  }

  /** For connections from now on. */
  async setSecret(credentials: ReceiverCredentials): Promise<void> {
    this.#users = acceptedUsers(credentials);
    await this.writeConfig();
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
      this.#options.lease.requireVolume(preamble.volume);
      this.#options.health.require(preamble.epoch === readingEpoch ? 'read' : 'write');
      if (preamble.epoch !== readingEpoch) this.#options.lease.requireEpoch(preamble.epoch);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, reason, message } = error.answer;
      return refuse(code === 'StaleEpoch' || code === 'Promoted' ? 'epoch' : 'volume', reason ?? code, message);
    }
    if (preamble.epoch === readingEpoch && this.#options.lease.volume === null) await this.writeConfig(preamble.volume);
    // From the check to the entry in `runs` nothing else happens: an epoch that ends finds this run.
    this.#run(socket, preamble);
  }

  /** Anew once the volume has a name; a reader of one that no writer has named yet gives it one for itself. */
  async writeConfig(volume = this.#options.lease.volume): Promise<void> {
    if (volume === null) return;
    const { readOnly, list, comment, timeoutSeconds, confinement, onTransfer } = this.#options;
    const uid = process.getuid?.() ?? 0;
    await this.#files.write(this.#users, (secretsFile, reading) =>
      makeRsyncdConfig({
        volume,
        directory: this.#directory.root,
        chroot: confinement.chroot,
        usernames: this.#users.map(({ username }) => username),
        secretsFile,
        readOnly: readOnly || reading,
        list,
        comment,
        timeoutSeconds,
        logTransfers: onTransfer !== undefined,
        ...(uid === 0 ? { user: { uid, gid: process.getgid?.() ?? 0 } } : {}),
      }),
    );
  }

  receivedBytes(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead, this.#closedBytes);
  }

  #run(socket: TLSSocket, { epoch, isFramed }: Preamble): void {
    const log = this.#files.nextLog();
    const { secrets, logs } = this.#files;
    const { onTransfer } = this.#options;
    const reading = epoch === readingEpoch;
    const config = reading ? this.#files.readingConfig : this.#files.config;
    const files = { read: [config, secrets], logs };
    const command = confinedRsync(this.#options.confinement, this.#directory, { files, reading }, [
      '--daemon',
      `--config=${config}`,
      // Where --log-file is given, rsync logs no transfers.
      onTransfer === undefined ? `--log-file=${log}` : `--dparam=log file=${log}`,
    ]);
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#closedBytes += socket.bytesRead;
    });
    const follower = this.#followTransfers(log);
    const run = serveRsync({
      socket,
      command,
      lock: this.#directory.lock,
      // No writer's epoch ends a reader.
      epoch: reading ? Number.POSITIVE_INFINITY : epoch,
      preserve: isFramed ? (body) => this.#options.preserve(body, epoch) : undefined,
      onEnd: (ended, result) => {
        this.#options.runs.delete(ended);
        this.#ended(log, result, follower).catch((err: unknown) => {
          this.#options.logger.warn({ err }, 'what an rsync left behind could not be looked at');
        });
      },
    });
    this.#options.runs.add(run);
  }

  #followTransfers(path: string): FileFollower | undefined {
    const { onTransfer } = this.#options;
    if (onTransfer === undefined) return undefined;
    return new FileFollower({
      path,
      everyMs: 500,
      onLine: (line) => {
        const transfer = parseTransfer(line);
        if (transfer !== undefined) onTransfer(transfer);
      },
    });
  }

  async #ended(log: string, result: RsyncEnd, follower: FileFollower | undefined): Promise<void> {
    await follower?.end();
    const text = await this.#files.takeLog(log);
    if (result.exitCode === 0) return;
    await this.#options.onFailed();
    this.#options.logger.debug(
      { exitCode: result.exitCode, messages: result.messages, log: text },
      'rsync ended with an error',
    );
  }
}
