import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { formatJournalEntry, readJournalWord } from './journal-entries.ts';
import { showAs } from './log-verb.ts';

const entry = {
  time: '2026-01-01T12:00:01.123Z',
  operation: 'Move',
  path: 'd/\x1b[2J\n',
  from: 'a',
  target: 'dr',
  tookMs: 12,
};

test('an entry as a line; no name does anything to the terminal', () => {
  assert.equal(formatJournalEntry(entry), '2026-01-01T12:00:01.123Z  Move        dr  +12 ms  a → d/\\#033[2J\\#012');
});

test('of a log only what is of the journal is read', () => {
  const time = '2026-01-01T12:00:02.000Z';
  const line = (fields: object): string => JSON.stringify({ level: 'info', time, ...fields });
  assert.deepEqual(readJournalWord(line({ message: 'journal', entry })), { word: { entry }, time });
  assert.deepEqual(readJournalWord(line({ message: 'journal', leftOut: 3 })), { word: { leftOut: 3 }, time });
  for (const other of [line({ message: 'journal is on' }), line({ message: 'else', entry }), '"journal" no JSON', ''])
    assert.equal(readJournalWord(other), undefined);
});

test('what is followed is as many documents of YAML, whatever is in a name', (t) => {
  const { mock } = t.mock.method(console, 'log', () => {});
  for (const word of [{ entry }, { leftOut: 3 }]) showAs('yaml')(word);
  const text = mock.calls.flatMap(({ arguments: words }) => words).join('\n');
  assert.deepEqual(
    parseAllDocuments(text).map((one) => 'toJS' in one && one.toJS()),
    [entry, { leftOut: 3 }],
  );
});
