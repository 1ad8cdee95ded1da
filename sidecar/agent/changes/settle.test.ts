import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { RawChange, RelPath } from './change.ts';
import { OpenFiles } from './open-files.ts';
import { Settler, type Sight } from './settle.ts';
import { WrittenLately } from './written-lately.ts';

const say = (settled: {
  change: { kind: string; path: string; from?: string; created?: boolean };
  at: number;
}): string => {
  const { kind, path, from, created } = settled.change;
  return `${settled.at} ${kind}${created ? '+' : ''} ${from === undefined ? '' : `${from}→`}${path}`;
};

function setUp(
  sights: Record<RelPath, Sight> = {},
  { seesWrites = true, unsentSince = Number.POSITIVE_INFINITY } = {},
) {
  const clock = createManualClock(0);
  const out: string[] = [];
  const strays: RelPath[] = [];
  const unseen: RelPath[] = [];
  const changedAt = new Map<RelPath, number>();
  const open = new OpenFiles((path) => changedAt.get(path) ?? 0);
  const settler = new Settler({
    clock,
    open,
    written: new WrittenLately(() => unsentSince),
    onStray: (path) => strays.push(path),
    onUnseen: (paths) => unseen.push(...paths),
    maxDelayMs: 100,
    seesWrites,
    lookAt: (path) => sights[path] ?? 'regular-empty',
    onSettled: (changes) => out.push(...changes.map(say)),
  });
  const accept = (...batch: RawChange[]): string[] => {
    settler.accept(batch, clock.now());
    return out.splice(0);
  };
  const advance = (ms: number): string[] => {
    clock.advance(ms);
    return out.splice(0);
  };
  return { settler, accept, advance, out, open, changedAt, strays, unseen };
}

const create = (path: RelPath, isDirectory = false): RawChange => ({ kind: 'create', path, isDirectory });
const modify = (path: RelPath): RawChange => ({ kind: 'modify', path });
const write = (path: RelPath): RawChange => ({ kind: 'write', path });
const remove = (path: RelPath, isDirectory = false): RawChange => ({ kind: 'delete', path, isDirectory });
const move = (from: RelPath, path: RelPath, isDirectory = false): RawChange => ({
  kind: 'move',
  from,
  path,
  isDirectory,
});
const chmod = (path: RelPath): RawChange => ({ kind: 'attributes', path, isDirectory: false });

test('a file that is made, written and closed in one batch leaves at once', () => {
  const { accept, settler } = setUp();
  assert.deepEqual(accept(create('f'), modify('f'), write('f')), ['0 content+ f']);
  assert.equal(settler.heldCount, 0);
});

test('a file that is being written waits for its close, and is as old as its first event', () => {
  const { accept, advance, settler } = setUp();
  assert.deepEqual(accept(create('f')), []);
  assert.deepEqual(advance(20), []);
  assert.deepEqual(accept(modify('f'), chmod('f')), []);
  assert.deepEqual([settler.heldCount, settler.oldestHeldAt], [1, 0]);
  assert.deepEqual(accept(write('f')), ['0 content+ f']);
  assert.deepEqual([settler.heldCount, settler.oldestHeldAt], [0, undefined]);
  assert.deepEqual(accept(chmod('f')), ['20 attributes f']);
});

test('a file that is never closed leaves every maxDelay, as long as it changes', () => {
  const { accept, advance } = setUp();
  accept(modify('log'));
  assert.deepEqual(advance(99), []);
  accept(modify('log'));
  assert.deepEqual(advance(1), ['0 content log']);
  assert.deepEqual(advance(500), []);
  accept(modify('log'));
  assert.deepEqual(advance(100), ['600 content log']);
});

test('what is no plain file that is being made leaves at once', () => {
  const { accept } = setUp({ l: 'symlink', h: 'regular-linked', p: 'other', d: 'directory' });
  assert.deepEqual(accept(create('l'), create('h'), create('p'), create('d'), create('dir', true), create('f')), [
    '0 content+ dir',
    '0 content+ l',
    '0 content+ h',
    '0 content+ p',
    '0 content+ d',
  ]);
});

test('one that is gone again when it is looked at waits for the event that says so', () => {
  const { accept, settler } = setUp({ t: 'gone' });
  assert.deepEqual(accept(create('t')), []);
  assert.deepEqual(accept(remove('t')), ['0 delete t']);
  assert.equal(settler.heldCount, 0);
});

test('a held file keeps its place through renames, of itself and of directories above', () => {
  const { accept, advance } = setUp();
  accept(modify('d/e/f'), modify('d/g'));
  assert.deepEqual(accept(move('d', 'x', true)), ['0 move d→x']);
  advance(10);
  assert.deepEqual(accept(move('x/e/f', 'y')), ['10 move x/e/f→y']);
  assert.deepEqual(accept(write('y'), write('x/g')), ['0 content y', '0 content x/g']);
});

test('a file that was made and renamed before its close was never there under its first name', () => {
  const { accept } = setUp();
  accept(create('f.tmp'));
  assert.deepEqual(accept(move('f.tmp', 'f')), ['0 delete f.tmp']);
  assert.deepEqual(accept(write('f')), ['0 content f']);
});

test('a rename over a held file, and a deletion, end its hold', () => {
  const { accept, advance } = setUp();
  accept(modify('a'), modify('d/b'));
  assert.deepEqual(accept(move('n', 'a')), ['0 move n→a']);
  assert.deepEqual(accept(remove('d', true)), ['0 delete d']);
  assert.deepEqual(advance(1000), []);
});

test('flush hands on all that is held; close drops it', () => {
  const { accept, settler, out, advance } = setUp();
  accept(modify('a'), create('b'), { kind: 'rescan', path: 'c', reason: 'overflow' });
  settler.flush();
  assert.deepEqual(out.splice(0), ['0 content a', '0 content+ b']);
  accept(modify('a'));
  settler.close();
  assert.deepEqual(advance(1000), []);
});

test('a mail that is linked into place and unlinked elsewhere leaves as soon as no write can be told any more', () => {
  const { accept, advance, settler } = setUp({ 'new/1': 'regular', 'new/2': 'regular' });
  const written = (name: RelPath): RawChange[] => [create(`tmp/${name}`), modify(`tmp/${name}`), write(`tmp/${name}`)];
  assert.deepEqual(accept(...written('1'), create('new/1'), remove('tmp/1')), ['0 content+ tmp/1', '0 delete tmp/1']);
  advance(2);
  assert.deepEqual(accept(...written('2'), create('new/2')), ['2 content+ tmp/2']);
  assert.deepEqual(accept(remove('tmp/2')), ['2 delete tmp/2']);
  assert.deepEqual(advance(3), ['0 content+ new/1']);
  assert.deepEqual(advance(2), ['2 content+ new/2']);
  assert.equal(settler.heldCount, 0);
});

test('a file with content is held as soon as its write is told', () => {
  const { accept, advance } = setUp({ f: 'regular', g: 'regular' });
  accept(create('f'), create('g'));
  advance(4);
  assert.deepEqual(accept(modify('f'), move('g', 'h')), ['4 delete g']);
  assert.deepEqual(advance(95), ['0 content h']);
  assert.deepEqual(accept(write('f')), ['0 content+ f']);
});

test('where writes are not told their absence means nothing', () => {
  const { accept, advance } = setUp({ f: 'regular' }, { seesWrites: false });
  accept(create('f'));
  assert.deepEqual(advance(99), []);
  assert.deepEqual(advance(1), ['0 content+ f']);
});

test('what may be open is looked at again every maxDelay, and told when it was changed without an event', () => {
  const { accept, advance, changedAt, open, unseen } = setUp({ f: 'regular', linked: 'regular-linked' });
  accept(create('f'), modify('f'), create('linked'));
  assert.deepEqual(advance(100), ['0 content+ f']);
  assert.equal(open.size, 2);
  assert.deepEqual(advance(300), []);
  changedAt.set('f', 1);
  changedAt.set('linked', 1);
  advance(100);
  assert.deepEqual(unseen.splice(0), ['linked', 'f']);
  advance(1_000);
  assert.deepEqual(unseen, []);
  // Pages that were dirty when they were sent may have been written to since.
  advance(60_000);
  assert.deepEqual(unseen, ['linked', 'f']);
  accept(write('f'), remove('linked'));
  assert.equal(open.size, 0);
});

test('what may be open is followed to other names, and forgotten when it stays as it is', () => {
  const { accept, advance, changedAt, open, unseen } = setUp();
  accept(modify('d/f'));
  advance(100);
  accept(move('d', 'e', true));
  changedAt.set('e/f', 1);
  advance(100);
  assert.deepEqual(unseen, ['e/f']);
  advance(10 * 60_000);
  assert.equal(open.size, 0);
});

test('writes under a name that is gone are told, since a rename may be to come, and then less and less; another name is looked for each time', () => {
  const { accept, advance, strays } = setUp({ gone: 'gone' });
  const told: string[] = [];
  for (let n = 0; n < 100; n++) {
    accept(modify('gone'));
    told.push(...advance(100));
  }
  assert.ok(told.length > 3 && told.length < 10, told.join());
  assert.equal(strays.length, 100);
  accept(move('elsewhere', 'gone'), modify('gone'));
  assert.deepEqual(advance(100), ['10000 content gone']);
});

test('a file that goes before what was written to it is sent may have another name: it is said so', () => {
  const { accept, strays } = setUp({ f: 'regular-linked' });
  assert.deepEqual(accept(modify('f'), remove('f')), ['0 delete f']);
  assert.deepEqual(strays, ['f']);
  assert.deepEqual(accept(create('g'), remove('g')), ['0 delete g']);
  assert.deepEqual(strays, ['f']);
});

test('what was written right before its name went is looked for under another', () => {
  const { accept, advance, strays } = setUp();
  accept(modify('one'), write('one'), remove('one'));
  assert.deepEqual(strays, ['one']);
  accept(modify('two'), write('two'));
  advance(1_000);
  accept(remove('two'));
  assert.deepEqual(strays, ['one']);
});

test('what was written and is not on every target when its name goes is looked for under another', () => {
  const { accept, advance, strays } = setUp({}, { unsentSince: 500 });
  accept(write('sent'));
  advance(500);
  accept(write('one'), write('two'), modify('never closed'));
  advance(5_000);
  accept(move('two', 'renamed'));
  advance(5_000);
  accept(remove('sent'), remove('one'), remove('renamed'), move('new', 'never closed'));
  assert.deepEqual(strays, ['one', 'renamed', 'never closed']);
});

test('of what waits for a target only so many names are kept', () => {
  const { accept, advance, strays } = setUp({}, { unsentSince: 0 });
  for (let n = 0; n < 10_001; n++) accept(write(`file-${n}`));
  advance(5_000);
  accept(remove('file-0'), remove('file-1'));
  assert.deepEqual(strays, ['file-1']);
});

test('attributes that were set right before another file took the name are looked for under another', () => {
  const { accept, advance, strays } = setUp();
  accept(chmod('one'));
  advance(900);
  accept(move('new', 'one'));
  assert.deepEqual(strays, ['one']);
});

test('who looks for another name of what is gone may hand on more events: they come after', () => {
  const out: string[] = [];
  const settler = new Settler({
    clock: createManualClock(0),
    maxDelayMs: 100,
    seesWrites: true,
    written: new WrittenLately(),
    lookAt: () => 'regular-empty',
    onStray: () => settler.accept([write('later')], 0),
    onSettled: (changes) => out.push(...changes.map(say)),
  });
  settler.accept([write('one'), remove('one'), remove('two')], 0);
  assert.deepEqual(out, ['0 content one', '0 delete one', '0 delete two', '0 content later']);
});
