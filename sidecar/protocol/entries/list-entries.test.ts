import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeName, encodeName, type ListedEntry, smallFileBytes } from '../verify.ts';
import { listEntries } from './list-entries.ts';
import { slowDisk } from './slow-disk.ts';

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'list-entries-'));
});
after(() => rmSync(root, { recursive: true, force: true }));

const pathOf = (name: string): Buffer => Buffer.from(`${root}/${name}`, 'latin1');

/** The same by node's own calls. */
const lookedAt = (name: string): Omit<ListedEntry, 'hash' | 'link'> => {
  const stats = lstatSync(pathOf(name), { bigint: true });
  const type = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : 'other';
  return {
    name: encodeName(name),
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: String(stats.mtimeNs),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
};

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);

test('entries are told as lstat says them: sizes, times and modes at their ends, all types, names of any bytes', async () => {
  const times: Readonly<Record<string, number>> = {
    'before 1970': -1.25,
    'long before': -2_000_000_000.5,
    'at the beginning': 0,
    'just after': 0.000_001,
    'a second after': 1.000_000_5,
    'in 2200': 7_258_118_400.125,
  };
  for (const [name, seconds] of Object.entries(times)) {
    writeFileSync(pathOf(name), 'x');
    utimesSync(pathOf(name), seconds, seconds);
  }
  const odd = 'caf\xe9\n "\x80\xff';
  writeFileSync(pathOf(odd), 'content');
  writeFileSync(pathOf('n'.repeat(255)), '');
  writeFileSync(pathOf('sparse'), '');
  truncateSync(pathOf('sparse'), 5 * 2 ** 32 + 7);
  writeFileSync(pathOf('modes'), '');
  chmodSync(pathOf('modes'), 0o7641);
  mkdirSync(pathOf('directory'));
  symlinkSync(Buffer.from(`${'to/'.repeat(1_300)}\xff`, 'latin1'), pathOf('link'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const names = readdirSync(Buffer.from(root), { encoding: 'latin1' as BufferEncoding });
  const expected = names.map(lookedAt).sort(byName);
  for (const content of [undefined, true] as const) {
    const { entries, reason } = await listEntries(root, { ...(content ? { content } : {}) });
    assert.equal(reason, undefined);
    const told = entries.map(({ hash: _hash, link: _link, ...entry }) => entry).sort(byName);
    assert.deepEqual(told, expected);
    const link = entries.find(({ type }) => type === 'symlink')?.link;
    assert.equal(decodeName(link ?? ''), `${'to/'.repeat(1_300)}\xff`);
  }
});

test('of a file that is read on the way the hash is that of what it holds, and what can not be read is looked at', async () => {
  const directory = join(root, 'read');
  mkdirSync(directory);
  const contents = [Buffer.from('x'), Buffer.alloc(4_096, 'page'), Buffer.alloc(smallFileBytes, 'small')];
  for (const [index, content] of contents.entries()) writeFileSync(join(directory, `${index}`), content);
  const hashes = new Map<string, string>();
  // A disk that was slow a moment ago, or seems so since others compute, is left to threads.
  while (hashes.size < contents.length) {
    while (slowDisk.isSlow()) slowDisk.onLeftToThreads();
    const { entries } = await listEntries(directory, { content: true });
    for (const { name, hash } of entries) if (hash !== undefined) hashes.set(decodeName(name), hash);
  }
  for (const [index, content] of contents.entries())
    assert.equal(hashes.get(`${index}`), createHash('sha256').update(content).digest('base64url'));
});

test('names that are asked for are told where they are, and a directory that is gone, or is none, has none', async () => {
  writeFileSync(pathOf('there'), '');
  const names = ['there', 'missing', 'x'.repeat(5_000)].map(encodeName);
  const { entries } = await listEntries(root, { names });
  assert.deepEqual(
    entries.map(({ name }) => decodeName(name)),
    ['there'],
  );
  assert.deepEqual(await listEntries(join(root, 'no such'), { names }), { entries: [] });
  assert.deepEqual(await listEntries(join(root, 'there'), { names }), { entries: [] });
  assert.deepEqual(await listEntries(join(root, 'no such'), {}), { entries: [], reason: 'NotFound' });
  assert.deepEqual(await listEntries(join(root, 'there'), {}), { entries: [], reason: 'NotDirectory' });
  assert.deepEqual(await listEntries(`${root}/${'d/'.repeat(3_000)}`, {}), { entries: [], reason: 'NameTooLong' });
});

test('a loop of links on the way to names is no answer that they are gone', async () => {
  symlinkSync('loop', pathOf('loop'));
  await assert.rejects(listEntries(join(root, 'loop'), { names: [encodeName('there')] }), { code: 'ELOOP' });
});
