import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNewEnough } from './ensure-rsync.ts';

const cases: readonly [text: string, enough: boolean][] = [
  ['rsync  version 3.5.0  protocol version 32\nCopyright', true],
  ['rsync  version v3.10.1  protocol version 32', true],
  ['rsync  version 4.0.0  protocol version 33', true],
  ['rsync  version 3.4.9  protocol version 32', false],
  ['rsync  version 3.2.7  protocol version 31', false],
  ['openrsync: protocol version 29', false],
  ['', false],
];
for (const [text, enough] of cases)
  test(`${text.split('\n')[0] || 'no rsync'} is ${enough ? '' : 'not '}enough`, () => {
    assert.equal(isNewEnough(text), enough);
  });
