import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOutline, type OutlineHeader, OutlineRecords } from './outline-format.ts';

const header: OutlineHeader = {
  format: 1,
  id: 'an-outline',
  seed: [1, -2],
  volume: { boot: { id: 'b', startedAt: 1 }, root: '1:2:3', mounted: 'm' },
  root: null,
};

function encode(): Buffer {
  const records = new OutlineRecords();
  records.add('', [2 ** 53 - 1, 7]);
  records.add('odd\n\xff', []);
  records.add('odd\n\xff/below', [3]);
  return Buffer.concat(records.encode(header));
}

test('is read as it was written, states sorted', () => {
  const outline = decodeOutline(encode());
  assert.deepEqual(outline?.header, header);
  const states = (path: string): number[] | undefined => {
    const found = outline?.statesIn(path);
    return found && [...found];
  };
  assert.deepEqual(['', 'odd\n\xff', 'odd\n\xff/below', 'other'].map(states), [[7, 2 ** 53 - 1], [], [3], undefined]);
});

test('what is cut or changed is no outline', () => {
  const bytes = encode();
  for (let length = 0; length < bytes.length; length += 5)
    assert.equal(decodeOutline(bytes.subarray(0, length)), undefined, `cut at ${length}`);
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 4;
    assert.equal(decodeOutline(changed), undefined, `changed at ${at}`);
  }
});
