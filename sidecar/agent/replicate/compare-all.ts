import type { Replicator } from './replicator.ts';

type Comparing = Pick<Replicator, 'sourceChanged' | 'requestPass'>;

/** The watch is closed: what stands in the source's place from now on may be another directory, or changed by nobody knows whom. */
export function noteClosed(all: readonly Pick<Replicator, 'sourceLost'>[]): void {
  for (const replicator of all) replicator.sourceLost();
}

/** The watch is open. `again`: not for the first time; `replaced`: the root is another directory than before, of which was told. */
export function compareOpened(
  all: readonly Comparing[],
  { again, replaced }: { readonly again: boolean; readonly replaced: boolean },
): void {
  for (const replicator of all) {
    // What is under way may stand in another directory.
    if (again && !replaced) replicator.sourceChanged();
    replicator.requestPass(again ? 'root-replaced' : 'start', [], { mayBeProven: !again });
  }
}

/** Another directory is about to become the source. */
export function compareReplaced(all: readonly Comparing[]): void {
  for (const replicator of all) {
    replicator.sourceChanged();
    replicator.requestPass('root-replaced', [], { sourceReplaced: true });
  }
}
