import type { Look } from '../../source/source-view.ts';

/**
 * Whether a file that was looked at before it was read (at `lookedAt`, ms by the wall clock) is the same version afterwards.
 * Where the file system's clock ticks, a change within the tick of the first look leaves no trace: such a file is in doubt,
 * as git has it for entries that are "racily clean".
 */
export function isStill(
  before: Extract<Look, { kind: 'file' }>,
  after: Look,
  lookedAt: number,
  tickMs: number,
): boolean {
  if (after.kind !== 'file') return false;
  const same =
    after.inode === before.inode &&
    after.size === before.size &&
    after.modifiedAt === before.modifiedAt &&
    after.changedAt === before.changedAt;
  return same && (tickMs === 0 || Math.abs(lookedAt - before.changedAt) > tickMs);
}

/** Whether it is the file that it was, whatever it holds. */
export const isFile = (look: Look, inode: string | undefined): boolean => look.kind === 'file' && look.inode === inode;
