import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HistoryRecord, readRecord, writeRecord } from './history-record.ts';

const attributes = { mode: 0o100640, uid: 1, gid: 2, mtimeNs: -5n, size: 7 };
const name = 'data/a b\n\xff\\';

const records: readonly HistoryRecord[] = [
  { kind: 'begin', at: 1, bootId: 'boot' },
  { kind: 'begin', at: 1, bootId: 'boot', break: 'crash' },
  { kind: 'time', at: 2 },
  { kind: 'mark', at: 3 },
  { kind: 'end', at: 4 },
  { kind: 'gap', at: 5, why: 'writer' },
  { kind: 'checkpoint', at: 6, epoch: 2, sequence: 9, isConsistent: false },
  { kind: 'checkpoint', at: 6, epoch: 2, sequence: 9, isConsistent: true },
  { kind: 'write', place: name, before: { kind: 'absent' } },
  { kind: 'write', place: name, before: { kind: 'directory', ...attributes } },
  { kind: 'write', place: name, before: { kind: 'kept', number: 3, ...attributes } },
  { kind: 'move', from: name, to: 'past/000000000000001/1' },
  { kind: 'unmoved' },
  { kind: 'lost', place: name },
];

test('each record is one line, and is read as it was written', () => {
  for (const record of records) {
    const line = writeRecord(record);
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.deepEqual(readRecord(line.slice(0, -1)), record);
  }
});

test('a line that was cut off, or holds what a crash left, is no record', () => {
  for (const line of [
    '',
    'B',
    'B 1',
    'T',
    'T x',
    'W',
    'W ZGF0YQ',
    'W ZGF0YQ d 1 2',
    'V ZGF0YQ',
    'C 1 2',
    'X',
    '\0\0\0',
    'Q 1',
  ])
    assert.equal(readRecord(line), undefined, JSON.stringify(line));
});
