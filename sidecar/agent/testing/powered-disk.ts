import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun } from '../watch/testing/watching-process.ts';
import { waitFor } from './agent-fixture.ts';

const run = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** ioctl FS_IOC_SHUTDOWN with the flag NOLOGFLUSH (Linux, fs/ext4/ioctl.c): nothing that is in memory only is written any more. */
const shutDown = 'open(my $d, "<", $ARGV[0]) or die $!; my $f = pack("L", 2); ioctl($d, 0x8004587d, $f) or die $!';

export const cannotCutPower =
  !canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt && losetup -f && command -v mkfs.ext4 perl') &&
  'needs to mount an image by a loop device';

/** An ext4 with its journal in a file, whose power can be cut: what had not reached the disk is gone then. */
export class PoweredDisk {
  readonly at: string;
  readonly #base: string;
  #boots = 0;
  readonly #bootIdFile: string;

  constructor() {
    this.#base = mkdtempSync(join(tmpdir(), 'powered-disk-'));
    this.#bootIdFile = join(this.#base, 'boot_id');
    this.at = join(this.#base, 'at');
    mkdirSync(this.at);
    run('truncate', '--size=512M', this.#image);
    run('mkfs.ext4', '-q', '-F', this.#image);
    this.#mount();
  }

  /** What starts a process on the machine that has this disk: all that it starts ends with it, and each boot has another name. */
  get wrapper(): readonly string[] {
    const bind = `mount --bind ${this.#bootIdFile} /proc/sys/kernel/random/boot_id && exec "$@"`;
    return ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', bind, 'sh'];
  }

  /** Once whatever runs on the machine was killed. */
  async cutPower(): Promise<void> {
    run('perl', '-e', shutDown, this.at);
    await this.#unmount();
  }

  /** On a copy: another process of this machine may have a mount namespace that holds the file system as it was. */
  powerOn(): void {
    const before = this.#image;
    this.#boots += 1;
    run('sync', before);
    run('cp', '--sparse=always', before, this.#image);
    rmSync(before);
    this.#mount();
  }

  get #image(): string {
    return join(this.#base, `image-${this.#boots}`);
  }

  #mount(): void {
    writeFileSync(this.#bootIdFile, `${randomUUID()}\n`);
    run('mount', '-o', 'loop', this.#image, this.at);
  }

  async close(): Promise<void> {
    await this.#unmount();
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** What was killed may be on its way out yet. */
  async #unmount(): Promise<void> {
    await waitFor('the disk to be free', () => canRun('umount', this.at));
  }
}
