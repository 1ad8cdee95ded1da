import type { FailureReason } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import { unescapeName } from './itemize.ts';

/** One thing that rsync said on stderr, placed. */
export interface Complaint {
  readonly side: 'source' | 'target';
  /** Below the source root or the replica's root; undefined where no path could be read. */
  readonly path: RelPath | undefined;
  readonly errno: number | undefined;
  readonly vanished: boolean;
  readonly text: string;
}

export interface Roots {
  /** The source directory as rsync was given it, as a binary string without a trailing slash. */
  readonly source: string;
  /** The replica's directory inside the module, for example `/data`; '' when it is the module itself. */
  readonly target: string;
}

/** Reads rsync's error lines. `stderr` is a binary string. */
export function parseComplaints(stderr: string, roots: Roots): Complaint[] {
  const complaints: Complaint[] = [];
  for (const text of stderr.split('\n')) {
    const complaint = parseComplaint(text, roots);
    if (complaint !== undefined) complaints.push(complaint);
  }
  return complaints;
}

function parseComplaint(text: string, roots: Roots): Complaint | undefined {
  if (text === '' || /^(rsync (error|warning):|\*\*\* |WARNING: parent dir is absent )/.test(text)) return undefined;
  // Quotes and backslashes of a name stand there as they are: the last quote ends it. Of a rename the second name counts.
  const quoted = (/^rsync: \[receiver\] rename .* -> "(.*)"/s.exec(text) ?? /"(.*)"/s.exec(text))?.[1];
  if (text.startsWith('file has vanished: ')) {
    return { side: 'source', path: place(quoted, roots.source), errno: undefined, vanished: true, text };
  }
  const role = /^rsync: \[(sender|receiver|generator|Receiver|client|server)\]/i.exec(text)?.[1]?.toLowerCase();
  const errno = /\((\d+)\)\s*$/.exec(text)?.[1];
  const isTarget = role === undefined ? /" \(in [^"]*$/.test(text) : role === 'receiver' || role === 'generator';
  const side = isTarget ? 'target' : 'source';
  return {
    side,
    path: place(quoted, side === 'target' ? roots.target : roots.source),
    errno: errno === undefined ? undefined : Number(errno),
    vanished: false,
    text,
  };
}

function place(quoted: string | undefined, root: string): RelPath | undefined {
  if (quoted === undefined) return undefined;
  const path = unescapeName(quoted);
  const inside = path.startsWith(`${root}/`)
    ? path.slice(root.length + 1)
    : path.startsWith('/')
      ? path.slice(1)
      : path;
  const clean = inside.endsWith('/') ? inside.slice(0, -1) : inside;
  return clean === '.' ? '' : clean;
}

const full = new Set([28, 122]); // ENOSPC EDQUOT
const denied = new Set([1, 13]); // EPERM EACCES
const readOnly = 30; // EROFS

/** One attribute that has no room, as on ext4, says nothing of the disk. */
const isAttribute = ({ text }: Complaint): boolean => /setxattr|rsync_xal|set_acl/.test(text);

/** The reason that stands for all complaints of a run: a full target counts most. */
export function mainReason(complaints: readonly Complaint[]): FailureReason | undefined {
  const real = complaints.filter((c) => !c.vanished);
  if (real.some((c) => c.side === 'target' && full.has(c.errno ?? 0) && !isAttribute(c))) return 'TargetFull';
  if (real.some((c) => c.side === 'target' && c.errno === readOnly)) return 'TargetReadOnly';
  if (real.some((c) => c.side === 'target' && denied.has(c.errno ?? 0))) return 'TargetDenied';
  if (real.some((c) => c.side === 'source' && c.errno !== undefined)) return 'SourceUnreadable';
  return real.length > 0 ? 'PartialTransfer' : undefined;
}

const daemonErrors: readonly (readonly [RegExp, FailureReason])[] = [
  [/@ERROR: auth failed/i, 'AuthenticationFailed'],
  [/@ERROR: Unknown module/i, 'UnknownModule'],
  [/@ERROR: .*StaleEpoch/, 'StaleEpoch'],
  [/@ERROR: Promoted/, 'Promoted'],
  [/@ERROR: NotReady/, 'TargetUnreachable'],
  [/@ERROR: TargetLost/, 'TargetLost'],
  [/@ERROR: TargetReadOnly/, 'TargetReadOnly'],
  [/@ERROR: access denied/i, 'TargetDenied'],
  [/@ERROR: max connections/i, 'TargetUnreachable'],
  [/@ERROR: chdir failed/i, 'UnknownModule'],
  [/@ERROR: invalid uid/i, 'TargetDenied'],
  // Of a daemon that is root in a user namespace which may not.
  [/@ERROR: set(groups|gid|uid) failed/i, 'TargetDenied'],
  [/module is read only/i, 'TargetDenied'],
  [/The server is configured to refuse/i, 'Unsupported'],
  [/password file|password mismatch/i, 'AuthenticationFailed'],
];

/** What a daemon's own refusal means, or undefined. */
export function refusalReason(stderr: string): FailureReason | undefined {
  return daemonErrors.find(([pattern]) => pattern.test(stderr))?.[1];
}
