import type { RelPath } from '../../changes/change.ts';
import type { Complaint } from '../../rsync/complaints.ts';
import type { RunResult } from '../../rsync/run.ts';
import type { OwedWhy } from './owed-entries.ts';

/** An entry that a run could not bring to the target. */
export interface Refused {
  readonly path: RelPath;
  readonly why: Extract<OwedWhy, 'unreadable' | 'refused'>;
  readonly text: string;
}

export interface RunVerdict {
  /** On the target, as far as rsync says. */
  readonly arrived: readonly RelPath[];
  /** To be looked at again at once: they vanished, or nothing is known of them. */
  readonly again: readonly RelPath[];
  readonly refused: readonly Refused[];
  /** The session can't go on: see the result. */
  readonly failed: boolean;
}

/** What a run over `paths` means for each of them: by its exit, and by what it said of them. Pure. */
export function judgeRun(paths: readonly RelPath[], result: RunResult): RunVerdict {
  const nothing = { arrived: [], again: [], refused: [], failed: false };
  if (result.outcome === 'ok') {
    const vanished = new Set(result.complaints.flatMap(({ vanished, path }) => (vanished && path ? [path] : [])));
    return { ...nothing, arrived: paths.filter((path) => !vanished.has(path)), again: [...vanished] };
  }
  // A broken way, or a target that takes nothing, says nothing of a path.
  if (result.outcome !== 'partial' || fatal.has(result.reason ?? '')) return { ...nothing, again: paths, failed: true };
  const listed = new Set(paths);
  const again = new Set<RelPath>();
  const refused = new Map<RelPath, Refused>();
  /** Where one of these is a directory rsync leaves out what is below it, and says nothing of that. */
  const notMade = new Map<RelPath, Refused>();
  let unplaced: string | undefined;
  for (const complaint of result.complaints) {
    const path = placeIn(complaint, listed);
    if (complaint.vanished) again.add(path ?? complaint.path ?? '');
    else if (path !== undefined) {
      const why = complaint.side === 'source' ? 'unreadable' : 'refused';
      const one: Refused = { path, why, text: complaint.text };
      refused.set(path, one);
      if (!isAttributes(complaint)) notMade.set(path, one);
    } else if (complaint.path !== undefined && isAttributes(complaint)) {
      // A directory above, which rsync sends along: it is owed, and what lies in it went.
      refused.set(complaint.path, { path: complaint.path, why: 'refused', text: complaint.text });
    } else unplaced = complaint.text;
  }
  if (refused.size === 0 && again.size === 0) unplaced ??= result.message;
  for (const path of notMade.size === 0 ? [] : paths) {
    const above = placeAt(path, notMade);
    if (above !== undefined && !refused.has(path)) refused.set(path, { ...(notMade.get(above) as Refused), path });
  }
  // What can't be told from the rest is tried again with it, but ever more rarely.
  if (unplaced !== undefined) {
    const text = unplaced;
    const rest = paths.filter((path) => !refused.has(path));
    return {
      ...nothing,
      refused: [...refused.values(), ...rest.map((path) => ({ path, why: 'refused' as const, text }))],
    };
  }
  const rest = paths.filter((path) => !refused.has(path) && !again.has(path));
  return {
    arrived: result.complaintsCut ? [] : rest,
    again: result.complaintsCut ? [...again, ...rest] : [...again],
    refused: [...refused.values()],
    failed: false,
  };
}

/** These concern the target as a whole: it is Offline, and nothing of it is an entry's fault. */
const fatal: ReadonlySet<string> = new Set(['TargetFull', 'TargetReadOnly']);

/** What rsync.c says where only times, rights or owners were refused. */
const isAttributes = ({ side, text }: Complaint): boolean =>
  side === 'target' && /failed to set (times|permissions) on|(chown|chgrp) /.test(text);

/** The listed path that a complaint is about: itself, or one above it; temporary names stand for their file. */
const placeIn = ({ path }: Complaint, listed: ReadonlySet<RelPath>): RelPath | undefined =>
  path === undefined ? undefined : placeAt(path, listed);

/** It, or the nearest above it, that is among these. */
function placeAt(name: RelPath, these: Pick<ReadonlySet<RelPath>, 'has'>): RelPath | undefined {
  for (let path = name; ; path = path.slice(0, path.lastIndexOf('/'))) {
    if (these.has(path)) return path;
    if (!path.includes('/')) return undefined;
  }
}
