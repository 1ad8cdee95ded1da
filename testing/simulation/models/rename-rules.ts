import { type Inode, seen } from './inode.ts';

export type Errno =
  | 'ENOENT'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'EEXIST'
  | 'ENOTEMPTY'
  | 'EINVAL'
  | 'EXDEV'
  | 'EROFS'
  | 'ENOSPC'
  | 'EPERM'
  | 'EBUSY';

export type Done = 'ok' | Errno;

export interface RenameQuestion {
  readonly from: string;
  readonly path: string;
  readonly moving: Inode | undefined;
  readonly there: Inode | undefined;
  /** Devices of the two directories. */
  readonly devices: readonly [from: number, to: number];
  readonly exchange: boolean;
}

/** What rename(2) refuses, and why; undefined where it goes on. */
export function refuseRename({ from, path, moving, there, devices, exchange }: RenameQuestion): Errno | undefined {
  if (moving === undefined || (exchange && there === undefined)) return 'ENOENT';
  if (path !== from && `${path}/`.startsWith(`${from}/`)) return 'EINVAL';
  if (path !== from && `${from}/`.startsWith(`${path}/`)) return exchange ? 'EINVAL' : 'ENOTEMPTY';
  if (devices[0] !== devices[1] || seen(moving).device !== devices[0]) return 'EXDEV';
  if (exchange || there === undefined || there === moving) return undefined;
  if (there.type !== 'directory') return moving.type === 'directory' ? 'ENOTDIR' : undefined;
  if (moving.type !== 'directory') return 'EISDIR';
  return there.children.size > 0 || there.mounted !== undefined ? 'ENOTEMPTY' : undefined;
}
