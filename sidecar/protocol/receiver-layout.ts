import { createHash } from 'node:crypto';

/**
 * What lies where in a receiver's volume (a claim or a directory):
 *
 *   data/                    the replica, mountable as it is; nothing of ours, even for a moment
 *   fresh/                   until when the replica may be served, and as of when it is its source, where that is asked for
 *   .syncreplica/lease.json  who may write, under which epoch        (out of rsync's reach)
 *   .syncreplica/position.json                                       (out of rsync's reach)
 *   .syncreplica/tmp/        files being received
 *   .syncreplica/partial/    what broken runs had received, in a directory for each path
 *   .syncreplica/trash/      what was deleted and is being removed   (out of rsync's reach)
 *   .syncreplica/kept/       what was deleted and can be put back    (out of rsync's reach)
 *   .syncreplica/history/    what was replaced, and a journal of it  (out of rsync's reach)
 *   .syncreplica/beside/     trees as they were                      (out of rsync's reach)
 *   .syncreplica/hooks/      what hooks of the kind file were told   (out of rsync's reach)
 */
export const dataDirectory = 'data';
export const freshDirectory = 'fresh';
export const untilFile = `${freshDirectory}/until`;
export const asOfFile = `${freshDirectory}/as-of`;
export const stateDirectory = '.syncreplica';
export const positionFile = `${stateDirectory}/position.json`;
export const temporaryDirectory = `${stateDirectory}/tmp`;
export const partialDirectory = `${stateDirectory}/partial`;
export const trashDirectory = `${stateDirectory}/trash`;
export const keptDirectory = `${stateDirectory}/kept`;
export const historyDirectory = `${stateDirectory}/history`;
export const besideDirectory = `${stateDirectory}/beside`;
export const hooksDirectory = `${stateDirectory}/hooks`;

/** A receiver ends an rsync connection that is silent for so long, unless it is configured otherwise: renew standby runs before. */
export const defaultRsyncTimeoutSeconds = 600;

/**
 * The replica inside the receiver's rsync daemon: what follows `rsync://USER@HOST:PORT/`, for pushes and for a restore.
 * `root` is that of the LeaseAnswer. Ends with a slash.
 */
export const receiverDestination = (volume: string, root: string): string => `${volume}${root}/${dataDirectory}/`;

/** The rsync client's argument that keeps temporary files out of the replica. Needed by every push. */
export const receiverTransferArgs = (root: string): string[] => [`--temp-dir=${root}/${temporaryDirectory}`];

/**
 * The arguments for a run that sends one file and no other, to go on with it after a broken one. rsync keeps partial files
 * by their base name: in one directory for all, `a/disk.img` would go on with what came of `b/disk.img`.
 * `isNew`: the target has nothing of that name.
 */
export const receiverPartialArgs = (root: string, path: string, isNew: boolean): string[] => {
  const name = createHash('sha256').update(path, 'latin1').digest('hex').slice(0, 32);
  // ext4 writes out what takes the place of another file while it holds the directory: nobody else makes a name there for as long.
  // What is new it does not; and while it is made to, small files wait for the journal.
  return [`--partial-dir=${root}/${partialDirectory}/${name}`, ...(isNew ? [] : ['--fsync'])];
};
