import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { liftReplica } from './lift-replica.ts';

const base = mkdtempSync(join(tmpdir(), 'lift-'));
after(() => rmSync(base, { recursive: true, force: true }));

/** A receiver's volume that replicates names which are a receiver's, and one that is no UTF-8. */
const volumeOf = (name: string): string => {
  const root = join(base, name);
  for (const directory of ['data/data', 'data/.syncreplica', '.syncreplica/tmp', 'lost+found'])
    mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'data/data/a'), 'a');
  writeFileSync(join(root, 'data/.syncreplica/b'), 'b');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/data/`), Buffer.from([0xff])]), 'c');
  writeFileSync(join(root, '.syncreplica/lease.json'), '{}');
  return root;
};
const listed = (root: string) => readdirSync(root, { encoding: 'latin1' as never, recursive: true }).sort();
const whole = ['.syncreplica', '.syncreplica/b', 'data', 'data/a', '\xff'];

test('a copy of a receiver’s volume becomes what it replicates', () => {
  const root = volumeOf('whole');
  liftReplica(root, root);
  assert.deepEqual(listed(root), [...whole, 'lost+found'].sort());
  assert.equal(readFileSync(join(root, 'data/a'), 'utf8'), 'a');
  const below = volumeOf('below');
  liftReplica(below, join(below, 'd/e'));
  assert.deepEqual(listed(join(below, 'd/e')), whole);
  assert.deepEqual(readdirSync(below).sort(), ['d', 'lost+found']);
  assert.throws(() => liftReplica(below, below), /no copy of a receiver's volume/);
});

test('wherever it is cut off it goes on', () => {
  const atWork = (root: string, cutAfter: number): void => {
    // What a kill leaves after so many of its steps.
    const aside = join(root, '.syncreplica-restoring');
    const steps: (() => void)[] = [
      () => mkdirSync(aside),
      () => renameSync(join(root, 'data'), join(aside, 'data')),
      () => rmSync(join(root, '.syncreplica'), { recursive: true }),
      () => renameSync(join(aside, 'data'), join(aside, 'lifted')),
      () => renameSync(join(aside, 'lifted/.syncreplica'), join(root, '.syncreplica')),
      () => renameSync(join(aside, 'lifted/data'), join(root, 'data')),
    ];
    for (const step of steps.slice(0, cutAfter)) step();
  };
  for (let cutAfter = 0; cutAfter <= 6; cutAfter += 1) {
    const root = volumeOf(`cut-${cutAfter}`);
    atWork(root, cutAfter);
    liftReplica(root, root);
    assert.deepEqual(listed(root), [...whole, 'lost+found'].sort(), `after ${cutAfter} steps`);
  }
});
