import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Change, LoggedChange, RelPath } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';
import { ChangeLog } from './change-log.ts';
import { collapsePaths, pathsOfChange } from './collapse-paths.ts';
import { decodeSegment, encodeSegment } from './log-segment.ts';

const component = fc.constantFrom('a', 'b', 'c', 'log \n"x"', '-r', '\xff\xfe', '*');
const path: fc.Arbitrary<RelPath> = fc.array(component, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('content' as const), path }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('content' as const), path, created: fc.constant(true) }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('attributes' as const), path }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('delete' as const), path }, { noNullPrototype: true }),
  fc.record(
    { kind: fc.constant('move' as const), from: path, path, isDirectory: fc.boolean() },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('subtree' as const), path, reason: fc.constant('moved-in' as const) },
    { noNullPrototype: true },
  ),
);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

/** A change as it was read, when `known` changes had been appended. */
interface Read extends LoggedChange {
  readonly known: number;
}

/** A subtree covers what had happened when it was read: whoever compares it finds that. */
const covers = (read: readonly Read[], { sequence, change: made }: LoggedChange): boolean =>
  read.some((one) => one.sequence === sequence && JSON.stringify(one.change) === JSON.stringify(made)) ||
  pathsOfChange(made).every((end) =>
    read.some((one) => one.change.kind === 'subtree' && one.known >= sequence && isAtOrBelow(end, one.change.path)),
  );

type Step =
  | { readonly kind: 'append'; readonly changes: Change[] }
  | { readonly kind: 'read'; readonly who: number; readonly max: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('append' as const), changes: fc.array(change, { maxLength: 9 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('read' as const), who: fc.nat(2), max: fc.integer({ min: 1, max: 9 }) }),
    },
  ),
  { maxLength: 60 },
);

const bounds = [
  { name: 'all in memory', options: {} },
  { name: 'memory full', options: { maxChanges: 10, segmentChanges: 3, maxCollapsed: 4 } },
  { name: 'bytes full', options: { maxMemoryBytes: 2_000, segmentChanges: 3, maxCollapsed: 4 } },
  { name: 'on disk', options: { maxChanges: 8, segmentChanges: 3 }, disk: 1_000_000 },
  { name: 'disk full', options: { maxChanges: 8, segmentChanges: 3, maxCollapsed: 3 }, disk: 300 },
];

for (const { name, options, disk } of bounds) {
  test(`every cursor gets each change or a subtree that covers it: ${name}, seed ${seed}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'change-log-'));
    try {
      fc.assert(
        fc.property(steps, (world) => {
          const spill = disk === undefined ? {} : { stateDirectory: directory, maxDiskBytes: disk };
          const log = new ChangeLog({ ...options, ...spill });
          const appended: LoggedChange[] = [];
          const read: Read[][] = [[], [], []];
          for (const who of [0, 1, 2]) log.createCursor(`${who}`, 'head');
          const readSome = (who: number, max: number): number => {
            const some = log.read(`${who}`, max);
            assert.ok(some.length <= max);
            const last = some.at(-1);
            if (last === undefined) return 0;
            const before = read[who]?.at(-1)?.sequence ?? 0;
            for (const [index, one] of some.entries())
              assert.ok(one.sequence > (index === 0 ? before : (some[index - 1] as LoggedChange).sequence));
            read[who]?.push(...some.map((one) => ({ ...one, known: log.lastSequence })));
            log.advance(`${who}`, last.sequence);
            return some.length;
          };
          for (const step of world) {
            if (step.kind === 'read') readSome(step.who, step.max);
            else if (step.kind === 'append') {
              const at = appended.length;
              const last = log.append(step.changes.map((one) => ({ change: one, at })));
              for (const one of step.changes) appended.push({ sequence: appended.length + 1, at, change: one });
              assert.equal(last, appended.length);
            }
            const { changesInMemory, memoryBytes, diskBytes } = log.stats();
            assert.ok(changesInMemory <= Math.max(options.maxChanges ?? Number.POSITIVE_INFINITY, 4));
            assert.ok(memoryBytes <= (options.maxMemoryBytes ?? Number.POSITIVE_INFINITY));
            assert.ok(diskBytes <= (disk ?? 0));
          }
          for (const who of [0, 1, 2]) {
            while (readSome(who, 5) > 0);
            assert.equal(log.position(`${who}`), appended.length);
            for (const one of appended) assert.ok(covers(read[who] ?? [], one), `${who} missed ${JSON.stringify(one)}`);
          }
          assert.equal(log.stats().changesInMemory, 0);
          assert.equal(log.stats().diskBytes, 0);
          if (disk !== undefined) assert.deepEqual(readdirSync(join(directory, 'change-log')), []);
        }),
        { numRuns: disk === undefined ? 600 : 100, seed },
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test('a segment comes back from its bytes, whatever the names are', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1 }), (changes) => {
      const logged = changes.map((one, index) => ({ sequence: 7 + index, at: 1_000 + index, change: one }));
      assert.deepEqual(decodeSegment(encodeSegment(logged), 7), logged);
    }),
    { seed },
  );
});

test('collapsed paths are few, and each path is one of them or below one', () => {
  fc.assert(
    fc.property(fc.array(path, { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (paths, limit) => {
      const roots = collapsePaths(paths, limit);
      assert.ok(roots.length <= limit);
      for (const one of paths) assert.ok(roots.some((root) => isAtOrBelow(one, root)));
      if (new Set(paths).size <= limit) assert.ok(roots.every((root) => paths.includes(root)));
    }),
    { seed },
  );
});

test('nothing is kept without a cursor, and a new one starts where it is told', () => {
  const log = new ChangeLog();
  const made = (name: string) => ({ change: { kind: 'content', path: name } as const, at: 1 });
  assert.equal(log.append([made('a')]), 1);
  assert.equal(log.stats().changesInMemory, 0);
  log.createCursor('slow', 'head');
  assert.equal(log.append([made('b'), made('c')]), 3);
  log.createCursor('late', 'tail');
  log.createCursor('new', 'head');
  const names = (cursor: string) => log.read(cursor, 10).map((one) => `${one.sequence} ${one.change.path}`);
  assert.deepEqual(names('slow'), ['2 b', '3 c']);
  assert.deepEqual(names('late'), ['2 b', '3 c']);
  assert.deepEqual(names('new'), []);
  log.removeCursor('slow');
  log.advance('late', 2);
  assert.deepEqual(names('late'), ['3 c']);
});

test('what an earlier life left is wiped, and a file that is gone becomes a comparison of everything', () => {
  const directory = mkdtempSync(join(tmpdir(), 'change-log-'));
  const files = join(directory, 'change-log');
  mkdirSync(files);
  writeFileSync(join(files, '1.jsonl'), 'old');
  const log = new ChangeLog({ stateDirectory: directory, maxChanges: 4, segmentChanges: 2 });
  assert.deepEqual(readdirSync(files), []);
  log.createCursor('a', 'head');
  log.append(Array.from({ length: 8 }, (_, i) => ({ change: { kind: 'content', path: `f${i}` } as const, at: 1 })));
  assert.deepEqual(readdirSync(files).sort(), ['1.jsonl', '3.jsonl']);
  rmSync(join(files, '1.jsonl'));
  const read = log.read('a', 100).map(({ sequence, change: one }) => `${sequence} ${one.kind} ${one.path}`);
  assert.deepEqual(read.slice(0, 3), ['2 subtree ', '3 content f2', '4 content f3']);
  log.close();
  assert.deepEqual(readdirSync(directory), []);
  rmSync(directory, { recursive: true });
});

test('what only a cursor that is gone had not read is not kept any longer', () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  const log = new ChangeLog({ stateDirectory: directory, maxChanges: 4, segmentChanges: 2 });
  log.createCursor('slow', 'head');
  log.createCursor('quick', 'head');
  log.append(Array.from({ length: 20 }, (_, n) => ({ change: { kind: 'content', path: `${n}` }, at: n })));
  log.advance('quick', log.lastSequence);
  assert.ok(log.stats().diskBytes > 0);
  log.removeCursor('slow');
  const { changesInMemory, memoryBytes, diskBytes } = log.stats();
  assert.deepEqual([changesInMemory, memoryBytes, diskBytes], [0, 0, 0]);
  assert.deepEqual(readdirSync(join(directory, 'change-log')), []);
  rmSync(directory, { recursive: true });
});

test('what stands for changes that had no room is as old as the oldest of them, which a file that was held back may be', () => {
  const log = new ChangeLog({ maxChanges: 2, segmentChanges: 1, maxCollapsed: 1 });
  log.createCursor('slow', 'head');
  for (const [name, at] of [
    ['a', 50],
    ['b', 40],
    ['c', 60],
    ['d', 30],
    ['e', 70],
  ] as const)
    log.append([{ change: { kind: 'content', path: `d/${name}` }, at }]);
  const [collapsed] = log.read('slow', 1);
  assert.deepEqual([collapsed?.change.kind, collapsed?.at], ['subtree', 30]);
});
