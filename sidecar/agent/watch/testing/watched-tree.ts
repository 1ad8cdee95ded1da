import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventKind, FilterSettings } from '../../../../src/api/settings/replication-settings.ts';
import { compileFilter } from '../../../filter/filter.ts';
import type { RawChange, RelPath } from '../../changes/change.ts';
import type { ChangeSource } from '../change-source.ts';
import type { SourceOptions } from '../source-options.ts';
import { TreeFollower } from './tree-follower.ts';

/** A temporary directory under watch, with all that was heard of it. */
export interface WatchedTree extends AsyncDisposable {
  readonly root: string;
  /** A directory beside it, on the same file system and not watched. */
  readonly outside: string;
  readonly source: ChangeSource;
  readonly heard: RawChange[];
  /** Since when events may have been lost, for each overflow, monotonic, ms. */
  readonly lostSince: number[];
  readonly lost: string[];
  readonly errors: Error[];
  /** Resolves when a change of that kind and path was heard; rejects after a generous time. */
  hear(kind: RawChange['kind'], path: RelPath): Promise<RawChange>;
  /** How many directories there are that the filter lets through, the root too. */
  countDirectories(): number;
  /** Resolves when what was heard is enough to know the tree as it is. */
  follow(): Promise<void>;
}

const patienceMs = 180_000;
/** A check would mend what the events left wrong, while it is waited for. */
const noCheckMs = 3_600_000;

export const eventually = async (
  what: string,
  isTrue: () => boolean,
  explain: () => string = () => '',
): Promise<void> => {
  const until = performance.now() + patienceMs;
  while (!isTrue()) {
    if (performance.now() > until) throw new Error(`still waiting for ${what} ${explain()}`);
    await delay(10);
  }
};

const allEvents: readonly EventKind[] = ['Write', 'Create', 'Delete', 'Move', 'Attributes'];

export const watchTree = async (
  create: (options: SourceOptions) => ChangeSource,
  options: {
    readonly filter?: Partial<FilterSettings>;
    readonly events?: readonly EventKind[];
    /** Fills the tree before it is watched. */
    readonly prepare?: (root: string) => void;
  } = {},
): Promise<WatchedTree> => {
  const root = mkdtempSync(join(tmpdir(), 'watched-'));
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  options.prepare?.(root);
  const heard: RawChange[] = [];
  const lostSince: number[] = [];
  const lost: string[] = [];
  const errors: Error[] = [];
  const filter = compileFilter({ include: [], exclude: [], ...options.filter });
  const follower = new TreeFollower(root, filter);
  const source = create({ root, filter, events: options.events ?? allEvents, checkMs: noCheckMs });
  let isOver = false;
  // As an agent does before it sends what it has found: what comes and goes between two looks would stay.
  const untilSeen = async (found: readonly RelPath[]): Promise<void> => {
    for (let unseen = found; !isOver && !source.sees(unseen); unseen = follower.lookAgain(unseen)) await source.drain();
  };
  await source.open({
    onChanges(batch, since) {
      for (const change of batch) heard.push(change);
      if (since !== undefined) lostSince.push(since);
      void untilSeen(follower.apply(batch)).catch((error: Error) => errors.push(error));
    },
    onRootLost: (reason) => lost.push(reason),
    onError: (error) => errors.push(error),
  });
  return {
    root,
    outside,
    source,
    heard,
    lostSince,
    lost,
    errors,
    async hear(kind, path) {
      const find = () => heard.find((change) => change.kind === kind && change.path === path);
      await eventually(
        `${kind} ${JSON.stringify(path)}`,
        () => find() !== undefined,
        () => JSON.stringify(heard.slice(-30)),
      );
      return find() as RawChange;
    },
    countDirectories: () =>
      [...new TreeFollower(root, filter).entries.values()].filter((what) => what.startsWith('directory')).length,
    follow: () =>
      eventually(
        'the followed tree to be the tree',
        () => follower.differences().length === 0,
        () => follower.differences().slice(0, 10).join('; '),
      ),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await source.close();
      for (const path of [root, outside]) rmSync(path, { recursive: true, force: true });
    },
  };
};
