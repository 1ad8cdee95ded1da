import assert from 'node:assert/strict';
import type { BigIntStats } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RelPath } from '../../changes/change.ts';
import { eventually } from '../../watch/testing/watched-tree.ts';
import { restAfter, UnseenChanges } from './unseen-changes.ts';

const hourMs = 3_600_000;

/** One file on a machine whose clock a test sets. */
class OneFile {
  readonly found: RelPath[] = [];
  readonly unseen: UnseenChanges;
  /** Its inode was changed then, and the clock stands so. */
  changedAt = 0;
  /** Its directory can't be looked into for now. */
  isShort = false;
  #aheadMs = 0;

  constructor() {
    this.unseen = new UnseenChanges({
      entriesOf: (directory) => {
        if (!this.isShort) return [{ path: 'file', stats: this.#stats() }];
        this.unseen.missed(directory);
        return [];
      },
      now: () => this.now(),
      drain: async () => {},
      onFound: (paths) => {
        for (const path of paths) this.found.push(path);
      },
    });
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  step(ms: number): void {
    this.#aheadMs += ms;
  }

  async look(): Promise<void> {
    this.unseen.start();
    while (this.unseen.work(1_000));
    await new Promise(setImmediate);
  }

  #stats(): BigIntStats {
    const ctimeMs = BigInt(Math.floor(this.changedAt));
    return {
      isFile: () => true,
      isSymbolicLink: () => false,
      isDirectory: () => false,
      nlink: 1n,
      dev: 1n,
      ino: 1n,
      ctimeMs,
    } as BigIntStats;
  }
}

test('what changes unseen after the clock was set back is found', async () => {
  const file = new OneFile();
  file.changedAt = file.now();
  file.unseen.note([{ kind: 'write', path: 'file' }], file.now());
  await file.look();
  file.step(-hourMs);
  file.changedAt = file.now();
  await file.look();
  assert.deepEqual(file.found, ['file']);
});

test('what changes unseen while the clock is set back is found although it is set forward again', async () => {
  const file = new OneFile();
  await file.look();
  file.step(-hourMs);
  file.unseen.note([{ kind: 'write', path: 'other' }], file.now());
  file.changedAt = file.now();
  file.step(hourMs);
  await file.look();
  assert.deepEqual(file.found, ['file']);
});

test('nothing is known of what changes once the clock was set back, until all was looked at', () => {
  const file = new OneFile();
  file.unseen.note([{ kind: 'write', path: 'file' }], file.now());
  assert.equal(
    file.unseen.knows(file.now() - 1, () => 'file'),
    true,
  );
  file.step(-hourMs);
  assert.equal(
    file.unseen.knows(file.now(), () => 'file'),
    false,
  );
});

test('what changed before the clock was set ahead, and was told of, is not found', async () => {
  const file = new OneFile();
  file.changedAt = file.now();
  file.unseen.note([{ kind: 'write', path: 'file' }], file.now());
  await file.look();
  file.step(hourMs);
  await file.look();
  assert.deepEqual(file.found, []);
});

test('beside a name that is gone a file is found although its attributes were set since; else that explains its time', async () => {
  const file = new OneFile();
  file.changedAt = file.now();
  file.unseen.note([{ kind: 'attributes', path: 'file', isDirectory: false }], file.now());
  await file.look();
  assert.deepEqual(file.found, []);
  file.unseen.lookBeside('gone');
  await file.unseen.finish();
  assert.deepEqual(file.found, ['file']);
  file.unseen.stop();
});

test('beside a name that is gone a file is found that was changed since the clock was set back', async () => {
  const file = new OneFile();
  await file.look();
  file.step(-hourMs);
  file.changedAt = file.now();
  file.unseen.note([{ kind: 'delete', path: 'gone', isDirectory: false }], file.now());
  file.unseen.lookBeside('gone');
  await file.unseen.finish();
  assert.deepEqual(file.found, ['file']);
  file.unseen.stop();
});

test('what changed in a directory that could not be looked into for now is not known, and is found by the next look', async () => {
  const file = new OneFile();
  await file.look();
  file.changedAt = file.now();
  file.isShort = true;
  for (let rounds = 0; rounds < 4; rounds++) {
    await sleep(50);
    await file.look();
    assert.equal(
      file.unseen.knows(file.changedAt, () => 'file'),
      false,
    );
  }
  file.isShort = false;
  await file.look();
  assert.deepEqual(file.found, ['file']);
});

test('a directory that could not be looked into for now waits to be looked into beside a name that is gone', async () => {
  const file = new OneFile();
  file.changedAt = file.now();
  file.isShort = true;
  file.unseen.lookBeside('gone');
  await file.unseen.finish();
  await sleep(20);
  assert.ok(file.unseen.unseenMs >= 20, `${file.unseen.unseenMs} ms`);
  file.isShort = false;
  await file.unseen.finish();
  assert.deepEqual(file.found, ['file']);
  assert.equal(file.unseen.unseenMs, 0);
  file.unseen.stop();
});

test('what waits longest is told of, also beside a directory that waits since that could not be looked into', async () => {
  let since: number | undefined;
  const unseen = new UnseenChanges({
    entriesOf(directory) {
      since ??= performance.now();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      unseen.lookBeside('other/gone');
      unseen.missed(directory);
      return [];
    },
    now: () => Date.now(),
    drain: async () => {},
    onFound: () => {},
  });
  unseen.lookBeside('first/gone');
  for (let rounds = 0; rounds < 3; rounds++) {
    await unseen.finish();
    const waited = performance.now() - (since ?? assert.fail());
    assert.ok(unseen.unseenMs >= waited, `${unseen.unseenMs} of ${waited} ms`);
  }
  unseen.stop();
});

/** Of each directory, a moment before it is looked into to its end. */
class LookedInto {
  readonly directories: RelPath[] = [];
  readonly unseen: UnseenChanges;

  constructor(sliceMs = 0) {
    const slice = new Int32Array(new SharedArrayBuffer(4));
    const stats = { isFile: () => true, isSymbolicLink: () => false, ctimeMs: 0n, nlink: 1n } as BigIntStats;
    const { directories } = this;
    this.unseen = new UnseenChanges({
      *entriesOf(directory) {
        directories.push(directory);
        for (let n = 0; n < 5; n++) {
          Atomics.wait(slice, 0, 0, sliceMs);
          yield { path: `${directory}/${n}`, stats };
        }
      },
      now: () => Date.now(),
      drain: async () => {},
      onFound: () => {},
    });
  }
}

test('what is written by names that are gone has their directory looked into at once, and once more after a rest', async () => {
  const { unseen, directories } = new LookedInto(3);
  for (let n = 0; n < 20; n++) unseen.lookBeside(`cache/gone-${n}`);
  assert.deepEqual(directories, ['cache']);
  assert.ok(unseen.unseenMs > 0, 'what is being looked into is not told yet');
  unseen.lookBeside('other/gone');
  await eventually('both to be looked into', () => directories.length === 3);
  assert.deepEqual(directories, ['cache', 'cache', 'other']);
  await eventually('nothing to be left', () => unseen.unseenMs === 0);
  unseen.stop();
});

test('the longer it took to look into directories, the longer it rests; what waits is told as that old', async () => {
  const { unseen, directories } = new LookedInto(20);
  unseen.lookBeside('large/gone');
  await eventually('the first look to end', () => unseen.unseenMs === 0);
  unseen.lookBeside('small/gone');
  await sleep(1_500);
  assert.deepEqual(directories, ['large']);
  assert.ok(unseen.unseenMs >= 1_490, `${unseen.unseenMs} ms`);
  await eventually('the other to be looked into', () => directories.length === 2);
  unseen.stop();
});

for (const [costMs, restMs] of [
  [1, 1_000],
  [100, 2_000],
  [1_000, 4_000],
  [10_000, 30_000],
] as const)
  test(`after a look that took ${costMs} ms it rests for ${restMs} ms`, () => {
    assert.equal(restAfter(costMs), restMs);
  });

test('of two who ask for all looks at once neither goes on before what waits was looked into', async () => {
  const { unseen, directories } = new LookedInto(20);
  unseen.lookBeside('first/gone');
  unseen.lookBeside('second/gone');
  await Promise.all(
    [0, 1].map(async () => {
      await unseen.finish();
      assert.deepEqual([directories.length, unseen.unseenMs], [2, 0]);
    }),
  );
  unseen.stop();
});

test('none of very many directories is passed over, and none is looked into once it is stopped', async () => {
  const { unseen, directories } = new LookedInto();
  unseen.lookBeside('first/gone');
  for (let n = 0; n < 5_000; n++) unseen.lookBeside(`of-many-${n}/gone`);
  await eventually('all to be looked into', () => directories.length === 5_001);
  await eventually('it to be told', () => unseen.unseenMs === 0);
  unseen.lookBeside('late/gone');
  unseen.stop();
  await sleep(1_200);
  assert.equal(directories.includes('late'), false);
});
