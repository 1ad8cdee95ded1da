import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../../src/process/clock.ts';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import { mapFile } from '../../../../testing/calls/map-file.ts';
import { compileFilter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import { OpenFiles } from '../../changes/open-files.ts';
import { Settler } from '../../changes/settle.ts';
import { WrittenLately } from '../../changes/written-lately.ts';
import { SourceRoot } from '../../source/source-root.ts';
import { SourceWatch } from '../source-watch.ts';
import { eventually } from '../testing/watched-tree.ts';

/** Copies each file when it is told to, and at no other time. */
class Copier implements AsyncDisposable {
  readonly root = fs.mkdtempSync(join(tmpdir(), 'copied-'));
  readonly told: RelPath[] = [];
  readonly #copies = new Map<RelPath, string>();
  readonly #watch: SourceWatch;
  readonly #settler: Settler;

  constructor(prepare: (root: string) => void, sweepMs = 50) {
    prepare(this.root);
    const root = new SourceRoot(this.root);
    const changedAt = (path: RelPath): number | undefined => {
      const look = root.look(path);
      return look.kind === 'file' ? look.changedAt : undefined;
    };
    this.#settler = new Settler({
      clock: systemClock,
      maxDelayMs: 100,
      seesWrites: true,
      lookAt: (path) => (changedAt(path) === undefined ? 'gone' : 'regular'),
      open: new OpenFiles(changedAt, { dirtyMs: 500 }),
      written: new WrittenLately(),
      onUnseen: (paths) => this.#watch.tellUnseen(paths),
      onStray: (path) => this.#watch.lookBeside(path),
      onSettled: (changes) => {
        for (const { change } of changes) this.#copy(change.path);
      },
    });
    const filter = compileFilter({ exclude: [], include: [] });
    this.#watch = new SourceWatch({
      onReplaced: () => {},
      subject: () => ({ root, filter, events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'] }),
      onChanges: (batch) => this.#settler.accept(batch, performance.now()),
      onOpen: () => {
        for (const name of fs.readdirSync(this.root)) if (name !== 'd') this.#copy(name);
        this.told.length = 0;
      },
      logger: silentLogger,
      sweepMs,
    });
  }

  async start(): Promise<void> {
    this.#watch.start();
    await this.#watch.opened;
  }

  at(path: RelPath): string {
    return join(this.root, path);
  }

  /** Whether something is held back, or looked for. */
  get owes(): boolean {
    return this.#settler.heldCount > 0 || this.#watch.stats().unseenMs !== 0;
  }

  equals(): boolean {
    return fs
      .readdirSync(this.root)
      .every((name) => fs.readFileSync(this.at(name), 'latin1') === this.#copies.get(name));
  }

  #copy(path: RelPath): void {
    this.told.push(path);
    if (path === '') return;
    if (fs.statSync(this.at(path), { throwIfNoEntry: false })?.isFile())
      this.#copies.set(path, fs.readFileSync(this.at(path), 'latin1'));
    else this.#copies.delete(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch.stop();
    this.#settler.close();
    fs.rmSync(this.root, { recursive: true });
  }
}

test('what is written through a mapping is found while it stays mapped, also what comes after it was read', async () => {
  await using copier = new Copier((root) => {
    for (const name of ['mapped', 'still']) fs.writeFileSync(join(root, name), Buffer.alloc(64 * 1024));
  });
  await copier.start();
  using file = mapFile(copier.at('mapped'));
  for (const text of ['first', 'again', 'third']) {
    // The same page each time: once it is dirty nothing but a flush makes the next write leave a trace.
    file.write(Buffer.from(text), 100);
    await eventually(`${text} to be copied`, () => copier.equals());
  }
  assert.equal(copier.told.includes('still'), false);
});

test('a database in use is copied to its last state while it stays open', async () => {
  await using copier = new Copier((root) => {
    const database = new DatabaseSync(join(root, 'db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER, text TEXT)');
    database.close();
  });
  await copier.start();
  const database = new DatabaseSync(copier.at('db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA mmap_size = 100000000');
  const insert = database.prepare('INSERT INTO t VALUES (?, ?)');
  for (let n = 0; n < 500; n++) insert.run(n, 'x'.repeat(n));
  await eventually('log and index of the log to be copied', () => copier.equals());
  for (let n = 0; n < 500; n++) insert.run(n, 'y'.repeat(n));
  assert.ok(fs.existsSync(copier.at('db-shm')));
  await eventually('all to be copied again', () => copier.equals());
  database.close();
});

test('what events told of is not told again by the look at all times', async () => {
  await using copier = new Copier((root) => fs.writeFileSync(join(root, 'a'), '1'));
  await copier.start();
  for (let n = 0; n < 50; n++) fs.writeFileSync(copier.at(`file-${n}`), 'x');
  fs.linkSync(copier.at('file-1'), copier.at('linked'));
  fs.renameSync(copier.at('file-2'), copier.at('renamed'));
  fs.chmodSync(copier.at('a'), 0o600);
  await eventually('all to be copied', () => copier.equals());
  fs.writeFileSync(copier.at('end'), 'x');
  await eventually('the last event', () => copier.told.includes('end') && copier.equals());
  const told = copier.told.length;
  using file = mapFile(copier.at('a'));
  file.write(Buffer.from('2'), 0);
  await eventually('what no event told', () => copier.equals());
  // A file that was linked into place may still be open for its maker: it is looked at again in any case.
  const again = new Set(copier.told.slice(told).filter((path) => path !== 'linked'));
  assert.deepEqual(again, new Set(['a']));
});

test('what is told of a directory says nothing of what is written through a mapping in it', async () => {
  await using copier = new Copier((root) => fs.writeFileSync(join(root, 'mapped'), Buffer.alloc(4096)));
  await copier.start();
  using file = mapFile(copier.at('mapped'));
  file.write(Buffer.from('first'), 0);
  fs.chmodSync(copier.root, 0o700);
  await eventually('what no event told', () => copier.told.includes('') && copier.equals());
});

test('what is written by names that go at once, one right after the other, is found by those that stay, and counts as untold until then', async () => {
  const names = ['first', 'second', 'third'];
  await using copier = new Copier((root) => {
    for (const name of names) {
      fs.writeFileSync(join(root, name), '1');
      fs.linkSync(join(root, name), join(root, `${name}-goes`));
    }
  }, 3_600_000);
  await copier.start();
  for (const name of names) {
    fs.appendFileSync(copier.at(`${name}-goes`), '2');
    fs.rmSync(copier.at(`${name}-goes`));
    // The others while it rests from the look for the first.
    await eventually(`${name} to be looked for`, () => copier.told.includes(`${name}-goes`));
    assert.ok(copier.owes || copier.equals(), name);
  }
  await eventually('all to be told', () => !copier.owes);
  assert.ok(copier.equals());
});

test('what is written by a name that goes at once with its directory is found by another elsewhere, since it was seen to be one of several', async () => {
  await using copier = new Copier((root) => {
    fs.writeFileSync(join(root, 'stays'), '1');
    fs.mkdirSync(join(root, 'd'));
  }, 3_600_000);
  await copier.start();
  fs.linkSync(copier.at('stays'), copier.at('d/goes'));
  await eventually('the link to be told', () => copier.told.includes('d/goes'));
  fs.appendFileSync(copier.at('d/goes'), '2');
  fs.rmSync(copier.at('d'), { recursive: true });
  await eventually('the other name to be told', () => copier.equals());
});

test('what is written through a mapping while the clock is set back for a second is found, although no event is read meanwhile', async (t) => {
  await using copier = new Copier((root) => fs.writeFileSync(join(root, 'mapped'), Buffer.alloc(4096)), 3_000);
  using file = mapFile(copier.at('mapped'));
  const { now } = Date;
  const hourMs = 3_600_000;
  let aheadMs = hourMs;
  t.mock.method(Date, 'now', () => now() + aheadMs);
  await copier.start();
  aheadMs = 0;
  file.write(Buffer.from('first'), 0);
  await sleep(1_000);
  aheadMs = hourMs;
  await eventually('it to be copied', () => copier.equals());
});
