import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawChange } from '../../../sidecar/agent/changes/change.ts';
import { defaultFormat, formatLine } from '../../terminal/format-event.ts';
import { formatJson, linesOf } from './format-change.ts';

const rows: readonly [change: RawChange, format: string, expected: string][] = [
  [{ kind: 'create', path: 'a', isDirectory: false }, defaultFormat, '/r/ CREATE a\n'],
  [{ kind: 'create', path: 'd/e', isDirectory: true }, defaultFormat, '/r/d/ CREATE,ISDIR e\n'],
  [{ kind: 'write', path: 'd/a b' }, '%w%f %e%n', '/r/d/a b CLOSE_WRITE,CLOSE\n'],
  [{ kind: 'modify', path: 'a' }, '%T %e', '12:00 MODIFY'],
  [{ kind: 'write', path: 'a' }, '%:e %%%0', 'CLOSE_WRITE:CLOSE %\0'],
  [{ kind: 'attributes', path: '\xff\n', isDirectory: false }, '%e=%f', 'ATTRIB=\xff\n'],
  [{ kind: 'delete', path: 'd', isDirectory: true }, defaultFormat, '/r/ DELETE,ISDIR d\n'],
  [
    { kind: 'move', from: 'd/a', path: 'e/b', isDirectory: false },
    '%e %w%f %c%n',
    'MOVED_FROM /r/d/a 7\nMOVED_TO /r/e/b 7\n',
  ],
  [{ kind: 'rescan', path: '', reason: 'overflow' }, defaultFormat, '/r/ RESCAN,ISDIR,overflow \n'],
  [{ kind: 'rescan', path: 'd', reason: 'unreadable' }, '%w %e', '/r/d/ RESCAN,ISDIR,unreadable'],
];

test('a change in inotifywait’s words', () => {
  for (const [change, format, expected] of rows) {
    const text = linesOf(change, '/r/', 7)
      .map((line) => formatLine(line, format, '12:00'))
      .join('');
    assert.equal(text, expected);
  }
});

test('as JSON a move is one, and no name is lost', () => {
  const parse = (change: RawChange): unknown => JSON.parse(formatJson(change, '/r/', 0));
  const time = '1970-01-01T00:00:00.000Z';
  assert.deepEqual(parse({ kind: 'move', from: 'a', path: 'caf\xc3\xa9', isDirectory: false }), {
    time,
    event: 'move',
    path: '/r/café',
    from: '/r/a',
    directory: false,
  });
  assert.deepEqual(parse({ kind: 'write', path: '\xff' }), {
    time,
    event: 'close-write',
    path: '/r/\ufffd',
    pathBase64: Buffer.from('/r/\xff', 'latin1').toString('base64'),
  });
  assert.deepEqual(parse({ kind: 'rescan', path: '', reason: 'overflow' }), {
    time,
    event: 'rescan',
    path: '/r/',
    reason: 'overflow',
  });
});
