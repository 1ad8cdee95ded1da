import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { RawChange, RelPath } from '../changes/change.ts';
import { Settler } from '../changes/settle.ts';
import { ChangeLog } from '../log/change-log.ts';
import type { PendingBatch } from './pending-batch.ts';
import { PendingSet } from './pending-set.ts';
import { copyVolume, runBatch } from './testing/model-replicator.ts';
import { type ModelEntry, ModelVolume, makeDirectory } from './testing/model-volume.ts';

const names = ['a', 'b', 'c'];

/** One step of the world; the numbers choose what it is about, so that a failure shrinks to few and small steps. */
interface Step {
  readonly what: (typeof whats)[number];
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const whats = [
  ...['write', 'create', 'chmod', 'mkdir', 'remove', 'rename', 'rename', 'move-out', 'move-in', 'open'],
  ...['deliver', 'take', 'run', 'run', 'run', 'fail', 'wait', 'overflow'],
] as const;

interface World {
  /** Rewrites may keep size and mtime. Then all events are in before a run counts as done. */
  readonly sneaky: boolean;
  readonly startsEqual: boolean;
  readonly steps: readonly Step[];
}

const worlds = (sneaky: boolean): fc.Arbitrary<World> =>
  fc.record({
    sneaky: fc.constant(sneaky),
    startsEqual: fc.boolean(),
    steps: fc.array(fc.record({ what: fc.constantFrom(...whats), x: fc.nat(59), y: fc.nat(59), z: fc.nat(59) }), {
      minLength: 5,
      maxLength: 120,
      size: 'max',
    }),
  });

const pathOf = (n: number): RelPath => {
  const depth = 1 + (n % 3);
  return Array.from({ length: depth }, (_, i) => names[Math.floor(n / (3 * 3 ** i)) % 3]).join('/');
};

/** Plays a world and answers what differs in the end. */
export function play({ sneaky, startsEqual, steps }: World): { source: string[]; target: string[]; set: PendingSet } {
  const clock = createManualClock(1000);
  const source = new ModelVolume();
  const target = new ModelVolume();
  const set = new PendingSet({ maxRenames: 6 });
  const log = new ChangeLog(sneaky ? {} : { maxChanges: 12, segmentChanges: 4, maxCollapsed: 3 });
  log.createCursor('target', 'head');
  const settler = new Settler({
    clock,
    maxDelayMs: 5,
    seesWrites: true,
    lookAt: (path) => {
      const entry = source.get(path);
      return entry === undefined ? 'gone' : entry.type === 'file' ? 'regular' : 'directory';
    },
    onSettled: (changes) => {
      log.append(changes);
    },
  });
  let undelivered: RawChange[] = [];
  let tick = 10;
  const runs: { batch: PendingBatch; steps: Generator<void>; renamesSent: boolean }[] = [];

  const makeFile = (x: number): ModelEntry => {
    tick += 1;
    return { type: 'file', content: names[x % 3] as string, mtime: sneaky ? x % 2 : tick, mode: x % 2 };
  };
  const deliver = (count: number): void => {
    settler.accept(undelivered.splice(0, count), clock.now());
  };
  const feed = (): void => {
    for (const change of log.read('target', 1000)) {
      set.add(change);
      log.advance('target', change.sequence);
    }
  };
  const fence = (): void => {
    if (sneaky) deliver(Number.POSITIVE_INFINITY);
    feed();
  };
  const take = (limit: number): boolean => {
    feed();
    const batch = set.take(limit);
    if (batch === undefined) return false;
    const run = { batch, renamesSent: false, steps: undefined as unknown as Generator<void> };
    run.steps = runBatch({
      source,
      target,
      batch,
      renameFails: () => batch.id % 5 === 0,
      onRenames: () => {
        run.renamesSent = true;
      },
    });
    runs.push(run);
    return true;
  };

  const act = ({ what, x, y, z }: Step): void => {
    const path = pathOf(x);
    const there = source.get(path);
    switch (what) {
      case 'create':
      case 'write':
      case 'open': {
        if (there?.type === 'directory' || !source.put(path, makeFile(y))) return;
        if (there === undefined) undelivered.push({ kind: 'create', path, isDirectory: false });
        undelivered.push({ kind: 'modify', path });
        if (what !== 'open') undelivered.push({ kind: 'write', path });
        return;
      }
      case 'chmod':
        if (there === undefined) return;
        source.setMode(path, y);
        undelivered.push({ kind: 'attributes', path, isDirectory: there.type === 'directory' });
        return;
      case 'mkdir':
        if (there === undefined && source.put(path, makeDirectory(y % 2)))
          undelivered.push({ kind: 'create', path, isDirectory: true });
        return;
      case 'remove':
        for (const below of source.pathsBelow(path)) {
          const isDirectory = source.directory(below) !== undefined;
          source.remove(below);
          undelivered.push({ kind: 'delete', path: below, isDirectory });
        }
        return;
      case 'rename': {
        const to = pathOf(y);
        const isDirectory = there?.type === 'directory';
        if (source.rename(path, to)) undelivered.push({ kind: 'move', from: path, path: to, isDirectory });
        return;
      }
      case 'move-out':
        if (there === undefined) return;
        source.remove(path);
        undelivered.push({ kind: 'delete', path, isDirectory: there.type === 'directory' });
        return;
      case 'move-in': {
        const empty = there?.type !== 'directory' || there.children.size === 0;
        if (z % 3 === 0) {
          if (there?.type !== 'directory' && source.put(path, makeFile(y)))
            undelivered.push({ kind: 'create', path, isDirectory: false });
          return;
        }
        if (there?.type === 'file' || !empty) return;
        const directory = makeDirectory(y % 2);
        for (const name of names.slice(0, z % 3)) directory.children.set(name, makeFile(y + z));
        if (!source.put(path, directory)) return;
        undelivered.push({ kind: 'create', path, isDirectory: true }, { kind: 'rescan', path, reason: 'moved-in' });
        return;
      }
      case 'deliver':
        deliver(1 + (x % 8));
        return;
      case 'take':
        take(1 + (x % 6));
        return;
      case 'run': {
        const run = runs[x % Math.max(1, runs.length)];
        for (let i = 0; run !== undefined && i <= y % 12; i += 1) {
          if (!run.steps.next().done) continue;
          runs.splice(runs.indexOf(run), 1);
          fence();
          set.done(run.batch);
          return;
        }
        return;
      }
      case 'fail': {
        const [run] = runs.splice(x % Math.max(1, runs.length), 1);
        if (run === undefined) return;
        if (y % 2 === 0) {
          fence();
          set.retry(run.batch, { renamesSent: run.renamesSent });
          return;
        }
        while (!run.steps.next().done);
        fence();
        const paths = [...run.batch.entries.keys()].filter((_, i) => i % 2 === 0);
        set.retry(run.batch, { paths, renamesSent: true });
        return;
      }
      case 'wait':
        clock.advance(x % 7);
        return;
      case 'overflow':
        if (sneaky || x % 4 !== 0) return;
        undelivered = [{ kind: 'rescan', path: '', reason: 'overflow' }];
    }
  };

  for (const path of ['a', 'b', 'a/b', 'b/c']) source.put(path, makeDirectory());
  for (const path of ['a/a', 'a/b/a', 'a/b/b', 'b/a', 'b/c/b', 'c']) source.put(path, makeFile(path.length));
  if (startsEqual) for (const [name, entry] of copyVolume(source).children) target.root.children.set(name, entry);
  else undelivered.push({ kind: 'rescan', path: '', reason: 'start' });
  for (const step of steps) act(step);

  deliver(Number.POSITIVE_INFINITY);
  settler.flush();
  feed();
  for (let round = 0; !set.isEmpty && round < 1000; round += 1) {
    if (runs.length === 0) take(3);
    act({ what: 'run', x: round, y: 11, z: 0 });
  }
  return { source: source.list(), target: target.list(), set };
}

const runs = Number(process.env.PROPERTY_RUNS ?? 8000);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

test('what a pass sends keeps renames and changes that meet it waiting, and no others', () => {
  const set = new PendingSet();
  const age = { sequence: 1, at: 1 };
  const { batch, busy } = set.claim(['d/a', 'd/b'], age);
  assert.deepEqual(busy, []);
  set.add({ sequence: 2, at: 2, change: { kind: 'move', from: 'd', path: 'e', isDirectory: true } });
  set.add({ sequence: 3, at: 3, change: { kind: 'move', from: 'x', path: 'y', isDirectory: false } });
  const first = set.take(10);
  assert.deepEqual(
    first?.renames.map(({ from }) => from),
    ['x'],
  );
  assert.deepEqual(set.claim(['y', 'z'], age).busy, ['y']);
  assert.equal(set.take(10), undefined);
  set.done(batch);
  assert.deepEqual(
    set.take(10)?.renames.map(({ from }) => from),
    ['d'],
  );
});

test('a directory whose time a deletion changed waits for its attributes, as old as that deletion', () => {
  const set = new PendingSet();
  set.add({ sequence: 1, at: 10, change: { kind: 'content', path: 'd/other' } });
  set.add({ sequence: 2, at: 20, change: { kind: 'delete', path: 'd/gone' } });
  const batch = set.take(10) as PendingBatch;
  set.add({ sequence: 3, at: 30, change: { kind: 'content', path: 'd/new' } });
  set.retry(batch, { paths: [], times: { paths: ['d'], age: { sequence: 2, at: 20 } }, renamesSent: true });
  assert.equal(set.completedSequence, 1);
  assert.equal(set.oldestAt, 20);
  const next = set.take(10);
  assert.deepEqual([next?.attributes, next?.content, next?.deletes], [['d'], ['d/new'], []]);
});

const lostRename = { kind: 'move', from: 'a', path: 'd', isDirectory: true } as const;

test('a rename that may be lost is made again where nothing waits at its names', () => {
  const set = new PendingSet();
  set.addLost([{ kind: 'content', path: 'a/x' }, lostRename], { sequence: 5, at: 5 });
  const batch = set.take(10);
  assert.deepEqual([batch?.renames.map(({ path }) => path), batch?.content], [['d'], ['d/x']]);
});

test('what has the name of a thing whose rename may be lost is not taken for that thing', () => {
  const set = new PendingSet();
  set.add({ sequence: 9, at: 9, change: { kind: 'content', path: 'a', created: true } });
  const again = [{ kind: 'delete', path: 'b' } as const, { kind: 'content', path: 'b' } as const];
  set.addLost([{ kind: 'content', path: 'a/x' }, ...again, lostRename], { sequence: 10, at: 5 });
  const batch = set.take(10);
  assert.deepEqual([batch?.renames, batch?.remade, batch?.replaced], [[], ['a', 'b'], ['d']]);
});

test('a rename that waits carries nothing along that may be lost', () => {
  const set = new PendingSet();
  set.add({ sequence: 9, at: 9, change: lostRename });
  set.addLost([{ kind: 'content', path: 'a/x' }], { sequence: 10, at: 5 });
  const batch = set.take(10);
  assert.deepEqual([batch?.renames, batch?.remade, batch?.replaced], [[], ['a'], ['d']]);
});

for (const sneaky of [true, false]) {
  test(`what is pending brings any target to the source, ${sneaky ? 'rewrites that keep size and mtime' : 'collapsing log and overflows'}, seed ${seed}`, () => {
    fc.assert(
      fc.property(worlds(sneaky), (world) => {
        const { source, target, set } = play(world);
        assert.equal(set.isEmpty, true);
        assert.deepEqual(target, source);
      }),
      { numRuns: runs, seed },
    );
  });
}
