import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Clock } from '../../../src/process/clock.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import type { Deleted } from '../deletions/deleter.ts';
import type { DeletionQuestion } from '../deletions/judge.ts';
import type { Run } from '../rsync/run.ts';
import type { Executed } from '../send/executor.ts';
import type { Work } from '../send/plan-runs.ts';
import type { SourceView } from '../source/source-view.ts';
import type { Comparison } from './comparison.ts';

/** What a comparison works with, and whom it tells. */
export interface PassContext {
  readonly sync: SyncSettings;
  readonly source: SourceView;
  readonly clock: Clock;
  readonly startCompare: (links: boolean, onOutput: (chunk: Buffer) => void) => Run;
  /** Sends small files when there is a place for it, and notes what became of each. */
  readonly send: (work: Work) => Promise<Executed & { readonly big: readonly RelPath[] }>;
  /** Sends one big file in a place of its own, likewise. */
  readonly sendBig: (path: RelPath, isNew: boolean) => Promise<Executed>;
  /** Makes deletions that were judged, or that were announced and are judged by it; and notes what became of each. */
  readonly remove: (
    cause: DeletionQuestion['cause'],
    paths: readonly RelPath[],
    parents: ReadonlySet<RelPath>,
  ) => Promise<Deleted>;
  readonly excludes: (path: RelPath) => boolean;
  /** Whether this version of a file was sent by this session: see SentVersions. */
  readonly isSent: (path: RelPath, changedAt: number) => boolean;
  /** Whether a change that was announced waits or is under way for this name or one above it. */
  readonly isPending: (path: RelPath) => boolean;
  /** Names that are missing at the source, and that such a change explains. */
  readonly onExplained: (paths: readonly RelPath[]) => void;
  /** Names in file systems below the source that the comparison missed, and that are there. */
  readonly onBack: (paths: readonly RelPath[]) => void;
  /** So many entries went of which the kernel told without being heard. */
  readonly onAnnounced: (count: number) => void;
  readonly onLeftOut: (one: Comparison['leftOut'][number]) => void;
  /** Names that what is not copied has, and under which the target may have what was put back there. */
  readonly mayBeBack: (leftOut: readonly Comparison['leftOut'][number][]) => readonly RelPath[];
  /** `unseen`: at the target, of what the source may have. */
  readonly onUnreadable: (path: RelPath, text: string, why: 'unreadable' | 'unseen') => void;
  /** All at and below `tops` was listed, but for what is at and below `unread`. */
  readonly onListed: (tops: readonly RelPath[], unread: readonly RelPath[]) => void;
  readonly held: () => HeldDeletes | null;
  readonly released: () => string | undefined;
  /** Entries of the whole replica when they were counted last, 0 if never. `missed`: how many of them a part of it has found missing. */
  readonly whole: (missed: number) => number;
  readonly canKeep: boolean;
  readonly onHeld: (held: Pick<HeldDeletes, 'reason' | 'count'> & { readonly paths: readonly RelPath[] }) => void;
  readonly onNothingHeld: () => void;
  readonly signal: AbortSignal;
}
