import { lstatSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Boot } from '../source/boot.ts';

/** All that has to be the same for a file's inode and ctime to mean what they meant. */
export interface VolumeIdentity {
  /** The kernel's run. Another one may follow a power cut, after which a file may have older content under the same ctime. */
  readonly boot: Boot;
  /** The root directory: device, inode and, where it is kept, birth. */
  readonly root: string;
  /** The file system as it is mounted: by another mount, not by another directory or container, it is another. */
  readonly mounted: string;
}

/** Where a rename moves the ctime of what is renamed, and only this kernel writes (statfs magic), and where sysfs tells of a mount. */
const trusted: ReadonlyMap<number, string | undefined> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  // Unmounted it is gone with all that it held.
  [0x01021994, undefined],
]);

/** @returns undefined where times prove nothing, or nobody can tell whether the volume was mounted anew */
export function identifyVolume(path: string, boot: Boot): VolumeIdentity | undefined {
  if (boot.id === '') return undefined;
  try {
    const magic = statfsSync(path).type >>> 0;
    if (!trusted.has(magic)) return undefined;
    const { dev, ino, birthtimeNs } = lstatSync(`${path}/.`, { bigint: true });
    const name = trusted.get(magic);
    const mounted = name === undefined ? `${magic}` : `${magic}:${identifyMount(name, dev)}`;
    return { boot, root: `${dev}:${ino}:${birthtimeNs}`, mounted };
  } catch {
    // It went, or sysfs is not to be seen here: nothing is proven.
    return undefined;
  }
}

/** The number of the directory that the kernel makes for a file system when it is mounted: none is given twice between two boots. */
function identifyMount(name: string, device: bigint): bigint {
  // As glibc's gnu_dev_major and gnu_dev_minor take a dev_t apart.
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  const block = basename(readlinkSync(`/sys/dev/block/${major}:${minor}`));
  return statSync(`/sys/fs/${name}/${block}`, { bigint: true }).ino;
}

/** `startedAt` is to a second. */
const settingMs = 2_000;

/** Whether nothing happened to the volume, the kernel or its clock that inodes and ctimes would not tell of. */
export const isSameVolume = (then: VolumeIdentity, now: VolumeIdentity): boolean =>
  then.boot.id === now.boot.id &&
  Math.abs(then.boot.startedAt - now.boot.startedAt) <= settingMs &&
  then.root === now.root &&
  then.mounted === now.mounted;
