import type { EventKind } from '../../../../src/api/settings/replication-settings.ts';

/** Bits of <sys/inotify.h>. */
export const inotifyBit = {
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  moveSelf: 0x800,
  unmount: 0x2000,
  overflow: 0x4000,
  ignored: 0x8000,
  onlyDirectory: 0x1000000,
  dontFollow: 0x2000000,
  isDirectory: 0x40000000,
} as const;

/**
 * The shape of the tree is followed whatever the user wants to hear of. Not IN_EXCL_UNLINK: it would hide what is written
 * through a name that is gone to a file that has another one.
 */
const structure =
  inotifyBit.create |
  inotifyBit.delete |
  inotifyBit.movedFrom |
  inotifyBit.movedTo |
  inotifyBit.onlyDirectory |
  inotifyBit.dontFollow;

const wanted: Readonly<Record<EventKind, number>> = {
  Write: inotifyBit.modify | inotifyBit.closeWrite,
  Create: 0,
  Delete: 0,
  Move: 0,
  Attributes: inotifyBit.attributes,
};

/** The watch mask of a directory below the root. A directory's own end is told by its parent, so it isn't asked for. */
export const directoryMask = (events: readonly EventKind[]): number =>
  events.reduce((mask, kind) => mask | wanted[kind], structure);

/** The root has no parent that is watched. */
export const rootMask = (events: readonly EventKind[]): number =>
  directoryMask(events) | inotifyBit.deleteSelf | inotifyBit.moveSelf;
