import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RawChange } from '../../changes/change.ts';
import { canRun } from '../../watch/testing/watching-process.ts';
import { HardLinks } from './hard-links.ts';

const otherUser = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];

class Tree implements Disposable {
  readonly #base = fs.mkdtempSync(join(tmpdir(), 'links-'));
  readonly root = join(this.#base, 'root');
  readonly links = new HardLinks(this.root);

  constructor(files: readonly string[]) {
    for (const file of files) this.write(file);
  }

  at(path: string): string {
    return join(this.root, path);
  }

  write(path: string): void {
    fs.mkdirSync(join(this.at(path), '..'), { recursive: true });
    fs.writeFileSync(this.at(path), path);
  }

  link(from: string, to: string): void {
    fs.linkSync(this.at(from), this.at(to));
    this.links.known.note([{ kind: 'create', path: to, isDirectory: false }]);
  }

  /** Other names of what was changed under names that are gone. */
  strays(batch: readonly RawChange[]): readonly string[] {
    return this.links.known.note(batch).names;
  }

  inodeOf(path: string): string {
    const { dev, ino } = fs.lstatSync(this.at(path), { bigint: true });
    return `${dev}:${ino}`;
  }

  async namesOf(path: string): Promise<string[]> {
    const inode = this.inodeOf(path);
    return ((await this.links.known.namesOf([inode])).get(inode) ?? []).sort();
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#base, { recursive: true });
  }
}

test('what was written under a name that is gone since is told of under the others', async () => {
  using tree = new Tree(['a/one', 'b/lonely']);
  tree.link('a/one', 'b/two');
  tree.link('a/one', 'c');
  await tree.namesOf('a/one');
  await tree.namesOf('b/lonely');
  assert.deepEqual(tree.strays([{ kind: 'delete', path: 'c', isDirectory: false }]), [], 'nobody wrote');
  assert.deepEqual(
    tree.strays([
      { kind: 'move', from: 'b', path: 'moved', isDirectory: true },
      { kind: 'move', from: 'moved/two', path: 'other', isDirectory: false },
      { kind: 'write', path: 'other' },
      { kind: 'write', path: 'moved/lonely' },
      { kind: 'delete', path: 'moved/lonely', isDirectory: false },
    ]),
    [],
  );
  assert.deepEqual(tree.strays([{ kind: 'move', from: 'unknown', path: 'other', isDirectory: false }]), ['a/one']);
  assert.deepEqual(
    tree.strays([{ kind: 'delete', path: 'other', isDirectory: false }]),
    [],
    'it is another file by now',
  );
});

test('attributes that were set under a name that is gone since are told of under the others', async () => {
  using tree = new Tree(['one']);
  tree.link('one', 'two');
  await tree.namesOf('one');
  assert.deepEqual(tree.strays([{ kind: 'attributes', path: 'two', isDirectory: false }]), []);
  assert.deepEqual(tree.strays([{ kind: 'move', from: 'new', path: 'two', isDirectory: false }]), ['one']);
});

test('a directory that is moved out takes with it what was written below it', async () => {
  using tree = new Tree(['kept']);
  fs.mkdirSync(tree.at('d/e'), { recursive: true });
  tree.link('kept', 'd/e/two');
  await tree.namesOf('kept');
  tree.links.known.note([{ kind: 'modify', path: 'd/e/two' }]);
  assert.deepEqual(tree.strays([{ kind: 'delete', path: 'd', isDirectory: true }]), ['kept']);
});

test('of a name that was seen and whose other names are not known its file is told of, once it was changed and is gone', () => {
  using tree = new Tree(['one', 'quiet']);
  fs.mkdirSync(tree.at('d'));
  for (const [from, to] of [
    ['one', 'd/two'],
    ['quiet', 'other'],
  ] as const) {
    tree.link(from, to);
    tree.links.known.saw(to, tree.inodeOf(to));
  }
  tree.links.known.note([{ kind: 'move', from: 'd', path: 'moved', isDirectory: true }]);
  tree.links.known.note([{ kind: 'write', path: 'moved/two' }]);
  const gone = ['moved/two', 'other'].map((path) => ({ kind: 'delete', path, isDirectory: false }) as const);
  assert.deepEqual(tree.links.known.note(gone), { names: [], files: new Map([['moved/two', tree.inodeOf('one')]]) });
});

test('knows all names of a file, however they come, go and move', async () => {
  using tree = new Tree(['a/one', 'b/other', 'c/d/e/deep']);
  assert.deepEqual(await tree.namesOf('a/one'), ['a/one']);
  tree.link('a/one', 'b/two');
  assert.deepEqual(await tree.namesOf('a/one'), ['a/one', 'b/two']);
  tree.link('a/one', 'c/d/e/three');
  assert.deepEqual(await tree.namesOf('b/two'), ['a/one', 'b/two', 'c/d/e/three']);
  fs.renameSync(tree.at('c/d'), tree.at('a/moved'));
  assert.deepEqual(await tree.namesOf('b/two'), ['a/moved/e/three', 'a/one', 'b/two']);
  fs.unlinkSync(tree.at('a/one'));
  tree.write('a/one');
  assert.deepEqual(await tree.namesOf('b/two'), ['a/moved/e/three', 'b/two']);
  assert.deepEqual(await tree.namesOf('a/one'), ['a/one']);
});

test('a name outside of the source is counted, and known once it comes in', async () => {
  using tree = new Tree(['in', 'd/x']);
  const outside = join(tree.root, '../outside');
  fs.linkSync(tree.at('in'), outside);
  assert.deepEqual(await tree.namesOf('in'), ['in']);
  fs.renameSync(outside, tree.at('d/came'));
  assert.deepEqual(await tree.namesOf('in'), ['in'], 'what is kept is not searched for anew while nothing came');
  tree.links.known.note([{ kind: 'create', path: 'd/came', isDirectory: false }]);
  assert.deepEqual(await tree.namesOf('in'), ['d/came', 'in']);
});

test('many are found at once, and none for what is gone', async () => {
  using tree = new Tree(Array.from({ length: 500 }, (_, n) => `from/${n % 10}/file-${n}`));
  fs.mkdirSync(tree.at('to'));
  const inodes = [];
  for (let n = 0; n < 500; n++) {
    fs.linkSync(tree.at(`from/${n % 10}/file-${n}`), tree.at(`to/${n}`));
    inodes.push(tree.inodeOf(`to/${n}`));
  }
  fs.unlinkSync(tree.at('from/7/file-7'));
  fs.unlinkSync(tree.at('to/7'));
  const names = await tree.links.known.namesOf(inodes);
  assert.deepEqual(names.get(inodes[7] as string), []);
  for (const n of [0, 8, 499]) {
    assert.deepEqual([...(names.get(inodes[n] as string) ?? [])].sort(), [`from/${n % 10}/file-${n}`, `to/${n}`]);
  }
});

test('says whether there are any', async () => {
  using tree = new Tree(['a', 'd/b', 'd/e/c']);
  fs.symlinkSync('a', tree.at('d/symlink'));
  assert.equal(await tree.links.any(), false);
  tree.link('a', 'd/e/linked');
  assert.equal(await tree.links.any(), true);
});

test('a name that came in while events were lost is looked for', async () => {
  using tree = new Tree(['in', 'd/x']);
  const outside = join(tree.root, '../outside');
  fs.linkSync(tree.at('in'), outside);
  assert.deepEqual(await tree.namesOf('in'), ['in']);
  fs.renameSync(outside, tree.at('d/came'));
  tree.links.known.note([{ kind: 'rescan', path: '', reason: 'overflow' }]);
  assert.deepEqual(await tree.namesOf('in'), ['d/came', 'in']);
});

test('what may not be looked at in a directory that may be listed keeps nobody from the rest', {
  skip: !canRun('setpriv', ...otherUser, '--version') && 'needs to become another user',
}, () => {
  using tree = new Tree(['a/one', 'closed/file']);
  tree.link('a/one', 'two');
  fs.chmodSync(join(tree.root, '..'), 0o755);
  fs.chmodSync(tree.at('closed'), 0o744);
  const script = `
    import { HardLinks } from ${JSON.stringify(new URL('./hard-links.ts', import.meta.url).href)};
    const links = new HardLinks(${JSON.stringify(tree.root)});
    const any = await links.any();
    const names = await links.known.namesOf([links.lookAt('two').inode]);
    console.log(JSON.stringify([any, [...names.values()].flat().sort()]));
  `;
  const answer = execFileSync('setpriv', [...otherUser, '--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(answer), [true, ['a/one', 'two']]);
});
