import { statfsSync } from 'node:fs';
import { release } from 'node:os';

/** The coarsest tick of a kernel's clock (CONFIG_HZ=100), with as much again for its rounding. */
const coarseTickMs = 20;

/** File systems with multigrain time stamps (statfs magic): a change after a look always bears another time. */
const multigrain: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]); // ext4 XFS btrfs tmpfs

/**
 * Within so many ms two changes of a file may bear the same ctime. Since Linux 6.13 some file systems give a change that
 * comes after a look a time of its own (Documentation/filesystems/multigrain-ts.rst): there it is 0.
 */
export function findTickMs(path: string, kernel = release()): number {
  try {
    const [major = 0, minor = 0] = kernel.split('.').map(Number);
    const isNew = major > 6 || (major === 6 && minor >= 13);
    return isNew && multigrain.has(statfsSync(path).type) ? 0 : coarseTickMs;
  } catch {
    return coarseTickMs;
  }
}
