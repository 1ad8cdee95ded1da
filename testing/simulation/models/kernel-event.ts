import type { Inode, Name } from './inode.ts';

export type EventKind =
  | 'create'
  | 'modify'
  | 'closeWrite'
  | 'attributes'
  | 'delete'
  | 'movedFrom'
  | 'movedTo'
  | 'deleteSelf'
  | 'moveSelf'
  /** The root of a file system that goes. */
  | 'unmount';

/** What happened to an inode, as the kernel tells it: to the directory of the name; without one to the inode's own watch. */
export interface KernelEvent {
  readonly kind: EventKind;
  readonly inode: Inode;
  readonly name: Name | undefined;
  readonly cookie: number;
}
