import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type OutlineHeader, OutlineRecords, readOutline } from './outline-file.ts';

const header: OutlineHeader = {
  format: 1,
  id: 'an-outline',
  seed: [1, -2],
  volume: { boot: { id: 'b', startedAt: 1 }, root: '1:2:3', mounted: 'm' },
  root: null,
};

async function write(t: { after(run: () => void): void }): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'outline-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const records = new OutlineRecords();
  records.add('', [2 ** 53 - 1, 7]);
  records.add('odd\n\xff', []);
  records.add('odd\n\xff/below', [3]);
  const file = join(directory, 'outline');
  await records.write(file, header);
  return file;
}

test('is read as it was written, states sorted', async (t) => {
  const outline = readOutline(await write(t));
  assert.deepEqual(outline?.header, header);
  const states = (path: string): number[] | undefined => {
    const found = outline?.statesIn(path);
    return found && [...found];
  };
  assert.deepEqual(['', 'odd\n\xff', 'odd\n\xff/below', 'other'].map(states), [[7, 2 ** 53 - 1], [], [3], undefined]);
});

test('what is cut, changed or not there is no outline', async (t) => {
  const file = await write(t);
  const bytes = readFileSync(file);
  for (let length = 0; length < bytes.length; length += 5) {
    writeFileSync(file, bytes.subarray(0, length));
    assert.equal(readOutline(file), undefined, `cut at ${length}`);
  }
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 4;
    writeFileSync(file, changed);
    assert.equal(readOutline(file), undefined, `changed at ${at}`);
  }
  rmSync(file);
  assert.equal(readOutline(file), undefined);
});
