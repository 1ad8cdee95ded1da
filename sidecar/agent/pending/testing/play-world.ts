import fc from 'fast-check';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import type { RawChange, RelPath } from '../../changes/change.ts';
import { Settler } from '../../changes/settle.ts';
import { ChangeLog } from '../../log/change-log.ts';
import { Outcomes } from '../../replicate/work/outcomes.ts';
import { Unacknowledged } from '../../replicate/work/unacknowledged.ts';
import { OwedEntries } from '../../send/outcome/owed-entries.ts';
import type { PendingBatch } from '../pending-batch.ts';
import { PendingSet } from '../pending-set.ts';
import { copyVolume, type Made, runBatch } from './model-replicator.ts';
import { cloneEntry, type ModelDirectory, type ModelEntry, ModelVolume, makeDirectory } from './model-volume.ts';

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
  ...['deliver', 'take', 'run', 'run', 'run', 'fail', 'wait', 'overflow', 'acknowledge', 'cutPower'],
] as const;

/** A source, a target and what happens to them. */
export interface World {
  /** Rewrites may keep size and mtime. Then all events are in before a run counts as done. */
  readonly sneaky: boolean;
  readonly startsEqual: boolean;
  readonly steps: readonly Step[];
}

export const worlds = (sneaky: boolean): fc.Arbitrary<World> =>
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
  const runs: { batch: PendingBatch; steps: Generator<void>; made: Made }[] = [];
  const unacknowledged = new Unacknowledged();
  const outcomes = new Outcomes(new OwedEntries(), unacknowledged, clock);
  /** What the target may be after a power cut: as it was when it acknowledged last, or any time since. */
  let survivors: ModelDirectory[] = [];

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
    const made: Made = { sent: [], deleted: [] };
    const steps = runBatch({
      source,
      target,
      batch,
      renameFails: () => batch.id % 5 === 0,
      onRenamed: () => outcomes.renamed(batch.renames),
      made,
    });
    runs.push({ batch, steps, made });
    return true;
  };

  const becomes = (tree: ModelDirectory): void => {
    target.root.children.clear();
    for (const [name, entry] of tree.children) target.root.children.set(name, cloneEntry(entry));
  };
  const noteDone = ({ batch, made }: (typeof runs)[number]): void => {
    unacknowledged.sent(made.sent, clock.now());
    unacknowledged.deleted(made.deleted, clock.now());
    outcomes.done(batch, []);
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
          noteDone(run);
          return;
        }
        return;
      }
      case 'fail': {
        const [run] = runs.splice(x % Math.max(1, runs.length), 1);
        if (run === undefined) return;
        if (y % 2 === 0) {
          fence();
          set.retry(run.batch);
          return;
        }
        while (!run.steps.next().done);
        fence();
        const paths = [...run.batch.entries.keys()].filter((_, i) => i % 2 === 0);
        set.retry(run.batch, { paths });
        noteDone(run);
        return;
      }
      case 'wait':
        clock.advance(x % 7);
        return;
      case 'overflow':
        if (sneaky || x % 4 !== 0) return;
        undelivered = [{ kind: 'rescan', path: '', reason: 'overflow' }];
        return;
      case 'acknowledge':
        unacknowledged.ask()();
        survivors = [copyVolume(target)];
        return;
      case 'cutPower':
        if (x % 2 !== 0) return;
        fence();
        for (const { batch } of runs.splice(0)) set.retry(batch);
        survivors.push(copyVolume(target));
        becomes(survivors[z % 2 === 0 ? 0 : y % survivors.length] as ModelDirectory);
        survivors = [copyVolume(target)];
        set.addLost(unacknowledged.takeAll().changes, { sequence: log.lastSequence + 1, at: clock.now() });
    }
  };

  for (const path of ['a', 'b', 'a/b', 'b/c']) source.put(path, makeDirectory());
  for (const path of ['a/a', 'a/b/a', 'a/b/b', 'b/a', 'b/c/b', 'c']) source.put(path, makeFile(path.length));
  if (startsEqual) for (const [name, entry] of copyVolume(source).children) target.root.children.set(name, entry);
  else undelivered.push({ kind: 'rescan', path: '', reason: 'start' });
  survivors = [copyVolume(target)];
  for (const step of steps) {
    act(step);
    if (step.what === 'run' || step.what === 'fail') survivors.push(copyVolume(target));
  }

  deliver(Number.POSITIVE_INFINITY);
  settler.flush();
  feed();
  for (let round = 0; !set.isEmpty && round < 1000; round += 1) {
    if (runs.length === 0) take(3);
    act({ what: 'run', x: round, y: 11, z: 0 });
  }
  return { source: source.list(), target: target.list(), set };
}
