import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlowDisk } from './slow-disk.ts';

test('threads read for a while after a read that waited for a disk, and never after one that waited for a processor', () => {
  let blocks = 0;
  const disk = new SlowDisk(() => blocks);
  disk.onRead(50);
  assert.equal(disk.isSlow(), false);
  blocks = 8;
  disk.onRead(0.1);
  assert.equal(disk.isSlow(), false);
  disk.onRead(3);
  for (let read = 0; read < 200; read += 1) {
    assert.equal(disk.isSlow(), true);
    disk.onLeftToThreads();
  }
  assert.equal(disk.isSlow(), false);
  disk.onRead(3);
  assert.equal(disk.isSlow(), false);
});
