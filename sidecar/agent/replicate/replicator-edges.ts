import type { Clock } from '../../../src/process/clock.ts';
import type { RelPath } from '../changes/change.ts';
import type { Copier } from '../copies/copier.ts';
import type { Link, OpenLink } from '../link/link.ts';
import type { WaitForTarget } from '../link/wait-for-target.ts';
import type { Flavor } from '../rsync/flags.ts';
import type { Run } from '../rsync/run.ts';
import type { SmallReader } from '../small-files/read-small-file.ts';
import type { SourceView } from '../source/source-view.ts';
import type { SourceReader } from '../verify/walk/source-reader.ts';

/** What one run is given besides what its session knows. */
export interface RunOrder {
  readonly flavor: Flavor;
  /** The one big file that it is for. */
  readonly path?: RelPath | undefined;
  /** Of that file: the target has nothing of its name. */
  readonly isNew?: boolean | undefined;
  readonly onOutput?: (chunk: Buffer) => void;
  /** Patterns that it leaves out besides. */
  readonly leftOut?: readonly string[] | undefined;
}

/** What a replicator acts through: real ones, or models of them. */
export interface ReplicatorEdges {
  readonly clock: Clock;
  readonly random: () => number;
  readonly source: SourceView;
  readonly openLink: OpenLink;
  readonly wait: (signal: AbortSignal) => WaitForTarget;
  /** Whether a plain daemon holds nothing; absent: nobody looks. */
  readonly isEmpty?: (link: Link) => Promise<boolean>;
  readonly startRun: (link: Link, order: RunOrder) => Run;
  /** Has copies made at the target; absent, or undefined for one that makes none: all is sent. `whole`: entries of the source. */
  readonly makeCopier?: (link: Link, whole: () => number) => Copier | undefined;
  /** Absent, both: of `source.bytes`. */
  readonly sourceReader?: SourceReader;
  readonly smallReader?: SmallReader;
}
