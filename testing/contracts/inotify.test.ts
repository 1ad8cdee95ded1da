import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type InotifyEvent, parseInotifyEvents } from '../../sidecar/agent/watch/inotify/inotify-events.ts';
import { inotifyBit, rootMask } from '../../sidecar/agent/watch/inotify/inotify-mask.ts';
import { atCurrent, bindWatchCalls, type WatchCalls } from '../../sidecar/agent/watch/inotify/libc.ts';
import { ModelKernel } from '../simulation/models/model-kernel.ts';
import { Volume } from '../simulation/models/volume.ts';
import type { Disk } from './disk.ts';
import { ModelDisk } from './model-disk.ts';
import { RealDisk } from './real-disk.ts';

/** Each begins with the directories `d` and `d/e` and the root watched, `apart` not, and with a few files. */
const cases: readonly (readonly [name: string, act: (disk: Disk) => void])[] = [
  ['a new file with content', (disk) => disk.file('new', ['one', 'two'])],
  ['a write into a file', (disk) => disk.write('d/f', 0, 'new')],
  ['a file that is cut', (disk) => disk.truncate('d/f', 0)],
  ['a mode, of a file and of a directory that is watched', (disk) => chmodBoth(disk)],
  ['a write through a mapping, which nobody is told of', (disk) => disk.writeMapped('d/f', 0, 'new')],
  ['an extended attribute, set and taken away', (disk) => setXattrs(disk)],
  ['a time', (disk) => disk.stamp('d/f', 1_600_000_000_000)],
  ['a new directory, and a file in it that nobody watches yet', (disk) => fill(disk)],
  ['a directory that goes with its watch', (disk) => disk.remove('d/e')],
  ['a file that goes', (disk) => disk.remove('d/f')],
  ['a symlink, a FIFO', (disk) => special(disk)],
  ['a rename within a directory', (disk) => disk.rename('d/f', 'd/g')],
  ['a rename between two, over another file', (disk) => disk.rename('d/f', 'd/e/h')],
  ['a rename to where nobody watches, and one from there', (disk) => moveApart(disk)],
  ['a directory that is renamed with its watch', (disk) => moveDirectory(disk)],
  ['two names exchanged', (disk) => disk.exchange('d/f', 'd/e/h')],
  ['a directory and a file exchanged', (disk) => disk.exchange('d/e', 'top')],
  ['a hard link, and a write through it', (disk) => writeThroughLink(disk)],
  ['a write into a file whose name is gone', (disk) => disk.whileOpen('d/f', () => disk.remove('d/f'))],
  ['a write into a file that was renamed', (disk) => disk.whileOpen('d/f', () => disk.rename('d/f', 'd/e/g'))],
  ['a directory that is made again', (disk) => makeAgain(disk)],
  ['the same event again and again', (disk) => repeat(disk)],
];

for (const [name, act] of cases) {
  test(`inotify: ${name}`, () => {
    assert.deepEqual(onModel(act), onReal(act));
  });
}

test('inotify: past the bound of its queue one overflow stands for all', () => {
  const volume = new Volume({ now: () => 0 });
  const kernel = kernelOf(volume, 3);
  kernel.addWatch(0, kernel.openDirectory(atCurrent, '/source'), rootMask(['Write']));
  for (const name of ['a', 'b', 'c', 'd', 'e']) volume.create(name);
  assert.deepEqual(
    kernel.readEvents().map(({ mask, name }) => `${mask === inotifyBit.overflow ? 'overflow' : 'create'} ${name}`),
    ['create a', 'create b', 'create c', 'overflow '],
  );
  volume.create('f');
  assert.equal(kernel.readEvents().length, 1);
});

function chmodBoth(disk: Disk): void {
  disk.chmod('d/f', 0o600);
  disk.chmod('d/e', 0o700);
}

function setXattrs(disk: Disk): void {
  for (const path of ['d/f', 'd/e']) disk.setXattr(path, 'new');
  disk.setXattr('d/f', undefined);
}

function fill(disk: Disk): void {
  disk.directory('d/new');
  disk.file('d/new/file', ['one']);
}

function special(disk: Disk): void {
  disk.symlink('nowhere', 'd/link');
  disk.fifo('pipe');
}

function moveApart(disk: Disk): void {
  disk.rename('d/f', 'apart/f');
  disk.rename('apart/f', 'd/e/f');
}

function moveDirectory(disk: Disk): void {
  disk.rename('d/e', 'e');
  disk.write('e/h', 0, 'new');
  disk.rename('d', 'apart/d');
  disk.write('apart/d/f', 0, 'new');
}

function writeThroughLink(disk: Disk): void {
  disk.link('d/f', 'd/e/l');
  disk.write('d/e/l', 0, 'new');
  disk.remove('d/f');
  disk.write('d/e/l', 1, 'newer');
}

function makeAgain(disk: Disk): void {
  disk.remove('d/e');
  disk.directory('d/e');
  disk.file('d/e/f', ['x']);
}

function repeat(disk: Disk): void {
  disk.whileOpen('d/f', () => {
    for (const mode of [0o600, 0o644, 0o600]) disk.chmod('d/f', mode);
  });
  for (const at of [0, 1, 0]) disk.truncate('top', at);
}

function prepare(disk: Disk): void {
  for (const path of ['d', 'd/e', 'apart']) disk.directory(path);
  for (const path of ['d/f', 'd/e/h', 'top']) disk.file(path, [path]);
}

function watchAll(calls: WatchCalls, inotify: number, root: string): Map<number, string> {
  const paths = new Map<number, string>();
  for (const path of ['', 'd', 'd/e']) {
    const descriptor = calls.openDirectory(atCurrent, path === '' ? root : `${root}/${path}`, 'follow');
    paths.set(calls.addWatch(inotify, descriptor, rootMask(['Write', 'Attributes'])), `<${path}>`);
    calls.close(descriptor);
  }
  return paths;
}

function onReal(act: (disk: Disk) => void): string[] {
  const root = mkdtempSync(join(tmpdir(), 'inotify-contract-'));
  const calls = bindWatchCalls();
  const inotify = calls.inotifyInit();
  try {
    const disk = new RealDisk(root);
    prepare(disk);
    const paths = watchAll(calls, inotify, root);
    act(disk);
    const bytes = Buffer.allocUnsafeSlow(64 * 1024);
    return describe(parseInotifyEvents(bytes, Math.max(0, calls.read(inotify, bytes))), paths);
  } finally {
    calls.close(inotify);
    rmSync(root, { recursive: true });
  }
}

function onModel(act: (disk: Disk) => void): string[] {
  const volume = new Volume({ now: () => 1_700_000_000_000 });
  const disk = new ModelDisk(volume);
  prepare(disk);
  const kernel = kernelOf(volume, 16_384);
  const paths = watchAll(kernel, 0, '/source');
  act(disk);
  return describe(kernel.readEvents(), paths);
}

const kernelOf = (volume: Volume, maxQueuedEvents: number): ModelKernel =>
  new ModelKernel({ volume, root: '/source', maxQueuedEvents, maxWatches: 1_000, onReadable: () => {} });

/** Watches by the path that they were put on, cookies by their order, and a repeated event once. */
function describe(events: readonly InotifyEvent[], paths: ReadonlyMap<number, string>): string[] {
  const cookies: number[] = [];
  const lines = events.map(({ wd, mask, cookie, name }) => {
    if (cookie !== 0 && !cookies.includes(cookie)) cookies.push(cookie);
    const bits = Object.entries(inotifyBit).flatMap(([bit, value]) => ((mask & value) === 0 ? [] : [bit]));
    return `${paths.get(wd)} ${bits.join('+')} ${name} ${cookie === 0 ? '' : cookies.indexOf(cookie)}`.trim();
  });
  return lines.filter((line, at) => line !== lines[at - 1]);
}
