import { createManualClock } from '../../../../src/process/manual-clock.ts';
import type { RunResult } from '../../rsync/run.ts';
import { testSettings } from '../../testing/agent-fixture.ts';
import { endedRun } from '../../testing/ended-run.ts';
import type { PassContext } from '../pass-context.ts';
import type { PassRequest } from '../pass-request.ts';

export const wholePass: PassRequest = {
  ...{ subtrees: [''], reason: 'retry', sequence: 1, at: 0, since: undefined },
  ...{ sourceReplaced: false, announced: [], mayBeProven: false },
};

/**
 * What a comparison works with that misses these names at the source, of which nothing was told; the guard holds half of the whole,
 * or more, from 100 on. `told`: how many were removed, and what was said. `during`: before they are listed.
 */
export function missingContext({
  missing,
  stats = 'Number of files: 1',
  during = () => {},
  source = {},
  ...others
}: {
  readonly missing: readonly string[];
  readonly stats?: string;
  readonly during?: () => void;
  readonly source?: object;
} & Partial<Pick<PassContext, 'isPending' | 'whole' | 'held' | 'released'>>): {
  readonly context: PassContext;
  readonly told: unknown[];
} {
  const told: unknown[] = [];
  const context = {
    sync: { ...testSettings.sync, deleteGuard: { ...testSettings.sync.deleteGuard, maxPercent: 50, minFiles: 100 } },
    clock: createManualClock(0),
    signal: new AbortController().signal,
    source: { check: () => 'same', hasHardLinks: async () => false, isEmpty: () => false, ...source },
    startCompare: (_links: boolean, onOutput: (chunk: Buffer) => void) => {
      const done = endedRun(stats);
      const feed = async (): Promise<RunResult> => {
        during();
        for (const name of missing) onOutput(Buffer.from(`*deleting   0 ${name}\n`));
        return done;
      };
      return { finished: Promise.resolve(done), ended: false, feed, holdOutput: () => {}, kill: () => {} };
    },
    remove: async (_cause: unknown, paths: readonly string[]) => {
      told.push(paths.length);
      return { deleted: paths, back: [], refused: [], held: undefined, failed: undefined };
    },
    held: () => null,
    released: () => undefined,
    isPending: () => false,
    onExplained: (paths: readonly string[]) => told.push(`explained ${paths.length}`),
    onListed: () => {},
    mayBeBack: () => [],
    onBack: (paths: readonly string[]) => told.push(`back ${paths}`),
    whole: () => 0,
    canKeep: true,
    onHeld: ({ reason, count }: { reason: string; count: number }) => told.push(`${reason} ${count}`),
    onNothingHeld: () => told.push('nothing held'),
    ...others,
  } satisfies Partial<Record<keyof PassContext, unknown>> as unknown as PassContext;
  return { context, told };
}

export const filesIn = (directory: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${directory}file-${n}`);
