import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at } from '../../../src/process/system/statx.ts';
import { decodeOutline } from './outline-format.ts';
import { OutlineRecorder } from './record-outline.ts';

const words = new Uint32Array(64);
const see = (mode: number, changedAtSeconds: number): void => {
  words[at.mode] = mode;
  words[at.inode] = 7;
  words[at.changeSeconds] = changedAtSeconds;
};
const file = 0o100644;
const directory = 0o40755;

/** What a walk meets in the root, and whether it is written down where all that was changed before 1,000 s is old enough. */
const table: readonly [what: string, mode: number, changedAtSeconds: number, facts: Facts, isSure: boolean][] = [
  ['an old file', file, 999, {}, true],
  ['a file that was changed lately', file, 1_000, {}, false],
  ['a directory that was changed lately', directory, 1_001, {}, false],
  ['an old directory', directory, 999, {}, true],
  ['an old file of whose change nobody was told', file, 999, { isKnown: false }, false],
  ['what is in another file system', file, 999, { isForeign: true }, false],
];

interface Facts {
  readonly isKnown?: boolean;
  readonly isForeign?: boolean;
}

for (const [what, mode, changedAt, { isKnown = true, isForeign = false }, isSure] of table)
  test(`${what} is ${isSure ? '' : 'not '}written down`, () => {
    const recorder = new OutlineRecorder({
      looker: { words, look: () => 0 },
      seed: [1, 2],
      olderThan: 1_000_000,
      isKnown: () => isKnown,
    });
    see(directory, 500);
    recorder.root();
    assert.equal(recorder.enter(''), true);
    see(mode, changedAt);
    assert.equal(recorder.visit(Buffer.from('name\0'), 0, isForeign), mode === directory);
    recorder.leave('');
    const volume = { boot: { id: 'b', startedAt: 1 }, root: '1:2:3', mounted: 'm' };
    const header = { format: 1, id: 'o', seed: [1, 2], volume, root: recorder.top } as const;
    const outline = decodeOutline(Buffer.concat(recorder.records.encode(header)));
    assert.equal(outline?.statesIn('')?.length, isSure ? 1 : 0);
    assert.equal(recorder.doubtful, isSure || isForeign ? 0 : 1);
    assert.notEqual(recorder.top, null);
  });
