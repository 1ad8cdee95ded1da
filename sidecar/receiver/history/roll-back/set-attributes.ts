import { chmodSync, chownSync } from 'node:fs';
import { setExactTime } from '../../../../src/process/system/exact-time.ts';
import type { Seen } from '../history-edges.ts';
import type { Attributes } from '../journal/history-record.ts';

/** Gives an entry the attributes it had; owners only where they differ, which takes root. `path` is followed nowhere at its end. */
export const setAttributes = (path: Buffer, { mode, uid, gid, mtimeNs }: Attributes, now: Seen): void => {
  if (now.uid !== BigInt(uid) || now.gid !== BigInt(gid)) chownSync(path, uid, gid);
  if (!now.isSymbolicLink() && Number(now.mode) !== mode) chmodSync(path, mode & 0o7777);
  if (now.mtimeNs !== mtimeNs) setExactTime(path, mtimeNs);
};

export const hasAttributes = (now: Seen, { mode, uid, gid, mtimeNs }: Attributes): boolean =>
  (now.isSymbolicLink() || Number(now.mode) === mode) &&
  now.uid === BigInt(uid) &&
  now.gid === BigInt(gid) &&
  now.mtimeNs === mtimeNs;
