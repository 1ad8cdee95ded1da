import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TreeOutline } from './tree-outline.ts';

test('a copy matches an outline once nothing is missing, older or too much', (t) => {
  const base = mkdtempSync(join(tmpdir(), 'outline-'));
  t.after(() => rmSync(base, { recursive: true }));
  const [source, target] = [join(base, 'source'), join(base, 'target')];
  mkdirSync(join(source, 'd'), { recursive: true });
  writeFileSync(join(source, 'd', 'a'), 'one');
  cpSync(source, target, { recursive: true, preserveTimestamps: true });
  // Times of whole ms: what cp keeps of others depends on the runtime.
  const settle = (root: string): void => {
    for (const path of ['d/a', 'd', '']) utimesSync(join(root, path), 1_000, 1_000);
  };
  settle(source);
  settle(target);
  const outline = new TreeOutline(source, target);
  assert.equal(outline.isMatched(), true);
  const changes: readonly (readonly [() => void, () => void])[] = [
    [() => writeFileSync(join(target, 'd', 'b'), ''), () => rmSync(join(target, 'd', 'b'))],
    [() => writeFileSync(join(target, 'd', 'a'), 'two'), () => writeFileSync(join(target, 'd', 'a'), 'one')],
    [() => rmSync(join(target, 'd', 'a')), () => writeFileSync(join(target, 'd', 'a'), 'one')],
  ];
  for (const [change, undo] of changes) {
    change();
    outline.lookAgain();
    assert.equal(outline.isMatched(), false, change.toString());
    undo();
    settle(target);
    assert.equal(outline.isMatched(), true, undo.toString());
  }
});
