import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planMending } from './plan-mending.ts';

test('each difference is mended by the least that does it, and what is too much by a comparison of its directory', () => {
  const directories = new Set(['dir', 'new', 'was-file']);
  const plan = planMending(
    [
      { path: 'a', kind: 'content' },
      { path: 'b', kind: 'size' },
      { path: 'c', kind: 'missing' },
      { path: 'link', kind: 'link' },
      { path: 'd', kind: 'time' },
      { path: 'e', kind: 'mode' },
      { path: 'dir', kind: 'time' },
      { path: 'f', kind: 'owner' },
      { path: 'new', kind: 'missing' },
      { path: 'dir/extra', kind: 'extra' },
      { path: 'dir/another', kind: 'extra' },
      { path: 'top', kind: 'extra' },
      { path: 'x/was-dir', kind: 'type' },
    ],
    (path) => directories.has(path),
  );
  assert.deepEqual(plan, {
    content: ['a', 'b', 'c', 'link', 'd'],
    attributes: ['e', 'dir', 'f'],
    subtrees: ['new', 'dir', '', 'x'],
  });
});
