import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathLocks } from '../../locks/path-locks.ts';
import type { SourceView } from '../../source/source-view.ts';
import { type Difference, lookAgain, type SecondVerdict } from './second-look.ts';
import { type Suspect, Suspects } from './suspects.ts';

const suspectOf = (path: string): Suspect => {
  const suspects = new Suspects();
  suspects.add(path, 'size', 0);
  return suspects.due(0, 1)[0] as Suspect;
};
const seen = (mark: string): Difference => ({ kind: 'size', mark });
const inTheWay: Difference = { kind: 'type', mark: 'a', needsDeletion: true };

const gone: Pick<SourceView, 'look' | 'linkNames'> = {
  look: () => ({ kind: 'gone' }),
  linkNames: async () => assert.fail('of what has no other names none are looked for'),
};

interface Scene {
  /** What each look sees. */
  readonly looks?: readonly (Difference | undefined)[];
  /** Whether it is busy before, between and after the looks. */
  readonly busy?: readonly boolean[];
  readonly behind?: readonly boolean[];
  readonly over?: boolean;
  readonly holds?: boolean;
}

const table: readonly [string, Scene, SecondVerdict][] = [
  ['it differs twice alike', { looks: [seen('a'), seen('a')] }, 'size'],
  ['it differs while other deletions are held', { looks: [seen('a'), seen('a')], holds: true }, 'size'],
  ['what has to go first is in the way', { looks: [inTheWay, inTheWay] }, 'type'],
  ['what has to go first is held', { looks: [inTheWay, inTheWay], holds: true }, 'held'],
  ['it is alike by now', { looks: [undefined] }, 'alike'],
  ['something happened between the looks', { looks: [seen('a'), seen('b')] }, 'later'],
  ['it is alike at the second look', { looks: [seen('a'), undefined] }, 'later'],
  ['a change is under way', { busy: [true] }, 'later'],
  ['a change came while it was looked at', { looks: [seen('a')], busy: [false, true] }, 'later'],
  ['a change came at the end', { looks: [seen('a'), seen('a')], busy: [false, false, true] }, 'later'],
  ['changes wait that nobody has read', { behind: [true] }, 'wait'],
  ['changes wait at the end', { looks: [seen('a'), seen('a')], behind: [false, false, true] }, 'wait'],
  ['the session is over', { over: true }, 'wait'],
];

for (const [name, { looks = [], busy = [], behind = [], over = false, holds = false }, verdict] of table) {
  test(`second look: ${name}: ${verdict}`, async () => {
    const [seenLooks, busyness, behindness] = [[...looks], [...busy], [...behind]];
    const locks = new PathLocks();
    let drained = 0;
    const verdicts = await lookAgain([suspectOf('a/b')], {
      access: {
        locks,
        isBusy: () => busyness.shift() ?? false,
        isBehind: () => behindness.shift() ?? false,
        isOver: () => over,
        holdsDeletions: () => holds,
      },
      compare: async (suspects) => {
        // No run of ours passes, and what is elsewhere is not held up.
        const held = locks.snapshot().holders.map(({ path, mode }) => `${path} ${mode}`);
        assert.deepEqual(held, [' IS', 'a IS', 'a/b S']);
        const look = seenLooks.shift();
        return new Map(look === undefined ? [] : suspects.map(({ path }) => [path, look]));
      },
      source: gone,
      drain: async () => {
        drained += 1;
      },
    });
    assert.equal(verdicts.get('a/b'), verdict);
    assert.ok(drained > 0);
    assert.equal(locks.snapshot().held, 0);
  });
}

test('second look: a transfer that holds the name goes first', async () => {
  const locks = new PathLocks();
  const transfer = await locks.acquire([{ path: 'a', mode: 'X' }]);
  const access = {
    locks,
    isBusy: () => false,
    isBehind: () => false,
    isOver: () => false,
    holdsDeletions: () => false,
  };
  const compare = async (): Promise<never> => assert.fail('it was looked at');
  const verdicts = await lookAgain([suspectOf('a/b')], {
    ...{ access, compare, source: gone },
    drain: async () => {},
    lockTimeoutMs: 20,
  });
  assert.equal(verdicts.get('a/b'), 'wait');
  transfer.release();
});

test('second look: what is on its way by another name of the file is no difference', async () => {
  const source: typeof gone = {
    look: () => ({ kind: 'file', links: 2, inode: '1:7', size: 3, allocated: 3, modifiedAt: 1, changedAt: 1 }),
    linkNames: async (inodes) => new Map(inodes.map((inode) => [inode, ['a/b', 'c']])),
  };
  for (const busy of ['c', 'd']) {
    const verdicts = await lookAgain([suspectOf('a/b')], {
      access: {
        locks: new PathLocks(),
        isBusy: (path) => path === busy,
        isBehind: () => false,
        isOver: () => false,
        holdsDeletions: () => false,
      },
      compare: async () => new Map([['a/b', seen('a')]]),
      source,
      drain: async () => {},
    });
    assert.equal(verdicts.get('a/b'), busy === 'c' ? 'later' : 'size');
  }
});
