import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DifferenceKind } from '../trees/compare-trees.ts';
import { findLies } from './find-lies.ts';

const rows: readonly {
  readonly inSync: boolean;
  readonly lagSeconds: number;
  readonly what: DifferenceKind;
  readonly ageMs: number;
  readonly isLie: boolean;
}[] = [
  { inSync: true, lagSeconds: 0, what: 'content', ageMs: 2_000, isLie: true },
  { inSync: true, lagSeconds: 0, what: 'content', ageMs: 1_000, isLie: false },
  { inSync: true, lagSeconds: 5, what: 'missing', ageMs: 6_000, isLie: false },
  { inSync: true, lagSeconds: 5, what: 'extra', ageMs: 7_000, isLie: true },
  { inSync: true, lagSeconds: 0, what: 'content', ageMs: -300, isLie: false },
  { inSync: false, lagSeconds: 0, what: 'content', ageMs: 60_000, isLie: false },
  // A directory's time stands wrong while a run works inside it.
  { inSync: true, lagSeconds: 0, what: 'mtime', ageMs: 60_000, isLie: false },
  // It went while it was compared.
  { inSync: true, lagSeconds: 0, what: 'unreadable', ageMs: 60_000, isLie: false },
];

for (const { isLie, inSync, lagSeconds, what, ageMs } of rows) {
  const said = inSync ? `in sync, ${lagSeconds} s behind` : 'not in sync';
  test(`${said}, ${what} for ${ageMs} ms: ${isLie ? 'a lie' : 'true'}`, () => {
    const lies = findLies({ inSync, lagSeconds }, [{ path: 'a', what, detail: '', ageMs }]);
    assert.equal(lies.length, isLie ? 1 : 0);
  });
}
