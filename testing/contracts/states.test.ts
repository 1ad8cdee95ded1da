import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashState } from '../../sidecar/agent/outline/state-hash.ts';
import { nameOf, type StateVisitor, walkStates } from '../../sidecar/agent/outline/walk-states.ts';
import { bindWatchCalls } from '../../sidecar/agent/watch/inotify/libc.ts';
import { isDirectory, type Looker, makeLooker, stateMask } from '../../src/process/system/statx.ts';
import { makeModelLooker, walkVolume } from '../simulation/models/agent/model-state.ts';
import { Volume } from '../simulation/models/volume.ts';
import type { Disk } from './disk.ts';
import { ModelDisk } from './model-disk.ts';
import { RealDisk } from './real-disk.ts';

/** What one operation changes of inodes and times of change, which a restart trusts. */
interface StateCase {
  readonly name: string;
  readonly run: (disk: Disk) => void;
  /** Paths of which the state is another now, new ones, and those that are gone; the root is ''. */
  readonly changed: readonly string[];
  readonly fresh?: readonly string[];
  readonly gone?: readonly string[];
  /** From where to where something went, and whether its own state is what it was. */
  readonly went?: readonly (readonly [from: string, to: string, isSame: boolean])[];
}

const cases: readonly StateCase[] = [
  { name: 'nothing', run: () => {}, changed: [] },
  { name: 'a write', run: (disk) => disk.write('d/f', 0, 'other'), changed: ['d/f'] },
  { name: 'a write to a file of two names', run: (disk) => disk.write('one', 0, 'x'), changed: ['d/two', 'one'] },
  { name: 'a mode', run: (disk) => disk.chmod('d/f', 0o600), changed: ['d/f'] },
  { name: 'a directory’s mode', run: (disk) => disk.chmod('d/e', 0o700), changed: ['d/e'] },
  { name: 'a time', run: (disk) => disk.stamp('d/f', 1_600_000_000_000), changed: ['d/f'] },
  { name: 'an attribute', run: (disk) => disk.setXattr('d/f', 'x'), changed: ['d/f'] },
  { name: 'a file made', run: (disk) => disk.file('d/e/new', ['x']), changed: ['d/e'], fresh: ['d/e/new'] },
  { name: 'a file removed', run: (disk) => disk.remove('d/f'), changed: ['d'], gone: ['d/f'] },
  { name: 'a directory removed', run: (disk) => disk.remove('d/e'), changed: ['d'], gone: ['d/e', 'd/e/g'] },
  {
    name: 'another name',
    run: (disk) => disk.link('d/f', 'd/e/f'),
    changed: ['d/e', 'd/f'],
    fresh: ['d/e/f'],
  },
  { name: 'a name less', run: (disk) => disk.remove('one'), changed: ['', 'd/two'], gone: ['one'] },
  {
    name: 'a file moved',
    run: (disk) => disk.rename('d/f', 'd/e/f'),
    changed: ['d', 'd/e'],
    fresh: ['d/e/f'],
    gone: ['d/f'],
    went: [['d/f', 'd/e/f', false]],
  },
  {
    name: 'a directory renamed: what is in it is what it was, and it is not',
    run: (disk) => disk.rename('d', 'moved'),
    changed: [''],
    fresh: ['moved', 'moved/e', 'moved/e/g', 'moved/f', 'moved/two'],
    gone: ['d', 'd/e', 'd/e/g', 'd/f', 'd/two'],
    went: [
      ['d', 'moved', false],
      ['d/e', 'moved/e', true],
      ['d/f', 'moved/f', true],
    ],
  },
  {
    name: 'two files exchanged',
    run: (disk) => disk.exchange('d/f', 'd/e/g'),
    changed: ['d', 'd/e', 'd/e/g', 'd/f'],
  },
  {
    name: 'two directories exchanged',
    run: (disk) => disk.exchange('d/e', 'empty'),
    changed: ['', 'd', 'd/e', 'empty'],
    fresh: ['empty/g'],
    gone: ['d/e/g'],
    went: [
      ['d/e', 'empty', false],
      ['d/e/g', 'empty/g', true],
    ],
  },
  {
    name: 'a file put in the place of another',
    run: (disk) => disk.rename('d/f', 'd/e/g'),
    changed: ['d', 'd/e', 'd/e/g'],
    gone: ['d/f'],
  },
];

const begin = (disk: Disk): void => {
  disk.directory('d');
  disk.file('d/f', ['one']);
  disk.directory('d/e');
  disk.file('d/e/g', ['two']);
  disk.directory('empty');
  disk.file('one', ['three']);
  disk.link('one', 'd/two');
};

/** The state of everything, by path: of its name alone in the directory that it is in. */
function statesBy(walk: (visitor: StateVisitor) => Iterable<void>, { words }: Looker): Map<string, number> {
  const found = new Map<string, number>();
  let at = '';
  const anyName = Buffer.from('\0');
  const visitor: StateVisitor = {
    root: () => void found.set('', hashState([1, 2], anyName, 0, words)),
    enter: (path) => {
      at = path;
      return true;
    },
    visit: (name, from) => {
      const path = at === '' ? nameOf(name, from) : `${at}/${nameOf(name, from)}`;
      found.set(path, hashState([1, 2], anyName, 0, words));
      return isDirectory(words);
    },
    leave: () => {},
    unreadable: (path) => assert.fail(`${path} can't be read`),
  };
  for (const _ of walk(visitor));
  return found;
}

interface World {
  readonly disk: Disk;
  states(): Map<string, number>;
  /** Until a change has another time. */
  tick(): Promise<void>;
  close(): void;
}

const everything = { canSkipDirectory: () => false };

/** On a file system whose times are trusted, wherever the tests run. */
function startReal(): World {
  const root = mkdtempSync(join('/dev/shm', 'states-contract-'));
  const looker = makeLooker(stateMask);
  return {
    disk: new RealDisk(root),
    states: () =>
      statesBy((visitor) => walkStates({ calls: bindWatchCalls(), looker, root, filter: everything, visitor }), looker),
    tick: () => sleep(20),
    close: () => rmSync(root, { recursive: true }),
  };
}

function startModel(): World {
  let now = 1_700_000_000_000;
  const volume = new Volume({ now: () => now });
  const looker = makeModelLooker();
  return {
    disk: new ModelDisk(volume),
    states: () => statesBy((visitor) => walkVolume(volume, everything, looker, visitor), looker),
    tick: async () => {
      now += 20;
    },
    close: () => {},
  };
}

for (const { name, run, changed, fresh = [], gone = [], went = [] } of cases) {
  for (const [kind, start] of [
    ['the kernel', startReal],
    ['the model', startModel],
  ] as const) {
    test(`states, ${kind}: ${name}`, { skip: process.platform !== 'linux' }, async (t) => {
      const world = start();
      t.after(() => world.close());
      begin(world.disk);
      const before = world.states();
      await world.tick();
      run(world.disk);
      const after = world.states();
      const paths = [...after.keys()].sort();
      assert.deepEqual(
        {
          changed: paths.filter((path) => before.has(path) && before.get(path) !== after.get(path)),
          fresh: paths.filter((path) => !before.has(path)),
          gone: [...before.keys()].filter((path) => !after.has(path)).sort(),
          went: went.map(([from, to]) => [from, to, before.get(from) === after.get(to)]),
        },
        { changed, fresh, gone, went },
      );
    });
  }
}
