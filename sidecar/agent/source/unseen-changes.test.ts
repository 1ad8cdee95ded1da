import assert from 'node:assert/strict';
import type { BigIntStats } from 'node:fs';
import { test } from 'node:test';
import type { RelPath } from '../changes/change.ts';
import { UnseenChanges } from './unseen-changes.ts';

const hourMs = 3_600_000;

/** One file on a machine whose clock a test sets. */
class OneFile {
  readonly found: RelPath[] = [];
  readonly unseen: UnseenChanges;
  /** Its inode was changed then, and the clock stands so. */
  changedAt = 0;
  #aheadMs = 0;

  constructor() {
    this.unseen = new UnseenChanges({
      entriesOf: () => [{ path: 'file', stats: this.#stats() }],
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

test('while a directory is looked through nothing that goes in it begins another look', async () => {
  let looks = 0;
  const slice = new Int32Array(new SharedArrayBuffer(4));
  const unseen = new UnseenChanges({
    *entriesOf() {
      looks += 1;
      const stats = { isFile: () => true, isSymbolicLink: () => false, ctimeMs: 0n, nlink: 1n } as BigIntStats;
      for (let n = 0; n < 5; n++) {
        Atomics.wait(slice, 0, 0, 3);
        yield { path: `cache/${n}`, stats };
      }
    },
    now: () => Date.now(),
    drain: async () => {},
    onFound: () => {},
  });
  const gone = Array.from({ length: 20 }, (_, n) => `cache/gone-${n}`);
  await Promise.all(gone.map((path) => unseen.lookBeside(path)));
  assert.equal(looks, 1);
  await unseen.lookBeside('other/gone');
  assert.equal(looks, 2, 'another directory is looked through');
});
