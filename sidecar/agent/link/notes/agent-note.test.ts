import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNote, writeNote } from './agent-note.ts';

const held = { id: 'a1', reason: 'SourceEmpty', count: 3, samples: ['a', 'b\\#012'], since: 1 } as const;

test('a note is read as it was written', () => {
  for (const note of [
    { coveredAt: 17, held },
    { coveredAt: null, held: null },
  ])
    assert.deepEqual(readNote(writeNote(note)), note);
});

test('a note fits where it is kept', () => {
  const samples = Array.from({ length: 10 }, () => 'x'.repeat(4_000));
  const text = writeNote({ coveredAt: 17, held: { ...held, samples } });
  assert.ok(text.length <= 4_096);
  assert.equal(readNote(text)?.held?.id, 'a1');
});

test('what is no note is none', () => {
  for (const text of [null, '', '{', 'null', '[]', '"x"', '{"other":1}'])
    assert.equal(readNote(text), undefined, String(text));
});
