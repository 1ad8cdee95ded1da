import type { Flavor } from '../../sidecar/agent/rsync/flags.ts';
import type { Disk } from './disk.ts';

/** One thing that rsync does, which the data plane relies on or is wary of. */
export interface RsyncCase {
  readonly name: string;
  readonly flavor: Flavor;
  /** Instead of or besides those of the flavor. */
  readonly more?: readonly string[];
  readonly without?: readonly string[];
  /** What is left out; absent: nothing. */
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  /** The paths that the run is given. */
  readonly list: readonly string[];
  readonly source: (disk: Disk) => void;
  readonly target: (disk: Disk) => void;
  /** What happens at the source once all of the list was looked at and nothing was opened. */
  readonly between?: (disk: Disk) => void;
  readonly code: number;
}

/** An empty tree. */
export const none = (): void => {};
/** A tree of a few entries. */
export const some = (disk: Disk): void => {
  disk.directory('d');
  disk.directory('d/e');
  disk.file('d/e/f', ['one', 'two']);
  disk.file('d/g', ['three']);
  disk.symlink('nowhere', 'd/l');
};
