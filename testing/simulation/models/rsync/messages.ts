import type { RelPath } from '../../../../sidecar/agent/changes/change.ts';
import { escapeName } from '../../../../sidecar/agent/rsync/itemize.ts';
import type { ListProblem } from './file-list.ts';

const texts: Readonly<Record<number, string>> = {
  2: 'No such file or directory',
  5: 'Input/output error',
  13: 'Permission denied',
  20: 'Not a directory',
  21: 'Is a directory',
  28: 'No space left on device',
  30: 'Read-only file system',
  39: 'Directory not empty',
};

export const errorText = (errno: number): string => `${texts[errno] ?? 'Unknown error'} (${errno})`;

/** The numbers of the errors that a model volume answers with. */
export const errnoOf: Readonly<Record<string, number>> = {
  ENOENT: 2,
  EPERM: 1,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENOSPC: 28,
  EROFS: 30,
  ENOTEMPTY: 39,
  EBUSY: 16,
};

export interface Places {
  /** The source directory as the sender names it. */
  readonly source: string;
  /** The replica's directory and the module, as the daemon names them. */
  readonly target: string;
  readonly module: string;
}

const at = (root: string, path: RelPath): string => (path === '' ? root : `${root}/${escapeName(path)}`);

export const listComplaint = ({ source }: Places, { kind, path, errno }: ListProblem): string =>
  kind === 'vanished'
    ? `file has vanished: "${at(source, path)}"`
    : `rsync: [sender] ${kind} "${at(source, path)}" failed: ${errorText(errno)}`;

export const senderComplaint = ({ source }: Places, call: string, path: RelPath, errno: number): string =>
  errno === 2
    ? `file has vanished: "${at(source, path)}"`
    : `rsync: [sender] ${call} "${at(source, path)}": ${errorText(errno)}`;

export const targetComplaint = (
  { target, module }: Places,
  role: 'receiver' | 'generator',
  call: string,
  path: RelPath,
  errno: number,
): string => `rsync: [${role}] ${call} "${at(target, path)}" (in ${module}) failed: ${errorText(errno)}`;

export interface Counts {
  files: number;
  directories: number;
  created: number;
  deleted: number;
  transferred: number;
  literal: number;
  matched: number;
}

export const noCounts = (): Counts => ({
  files: 0,
  directories: 0,
  created: 0,
  deleted: 0,
  transferred: 0,
  literal: 0,
  matched: 0,
});

export const statsText = (counts: Counts): string =>
  [
    '',
    `Number of files: ${counts.files} (reg: ${counts.files - counts.directories}, dir: ${counts.directories})`,
    `Number of created files: ${counts.created}`,
    `Number of deleted files: ${counts.deleted}`,
    `Number of regular files transferred: ${counts.transferred}`,
    'Total file size: 0 bytes',
    'Total transferred file size: 0 bytes',
    `Literal data: ${counts.literal} bytes`,
    `Matched data: ${counts.matched} bytes`,
    'File list size: 0',
    'Total bytes sent: 0',
    'Total bytes received: 0',
    '',
    'sent 0 bytes  received 0 bytes  0.00 bytes/sec',
    'total size is 0  speedup is 0.00',
    '',
  ].join('\n');
