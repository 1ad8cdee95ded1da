import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../filter/filter.ts';
import { encodeName, type ListedDirectory } from '../../protocol/verify.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { compareNamed } from './compare-named.ts';

const attributes = { type: 'file', size: 1, mtime: '0', mode: 0o644, uid: 0, gid: 0 } as const;
const filled: ListedDirectory = { entries: ['one', 'two'].map((name) => ({ name: encodeName(name), ...attributes })) };

const compare = (here: ListedDirectory, there: ListedDirectory) => {
  const control = { list: async () => ({ directories: [there] }) };
  const reader = { isRealDirectory: () => true, list: async () => here };
  const link = { control, epoch: 1, timeGranularityNs: 1 };
  const filter = compileFilter({ include: [], exclude: [] });
  const access = { link, reader, filter, settings: testSettings } as unknown as Parameters<typeof compareNamed>[1];
  return compareNamed({ named: ['d'], met: new Set() }, access);
};

test('what only the target has is told, and of a directory that either side can not list nothing is', async () => {
  assert.deepEqual((await compare({ entries: [] }, filled))?.extra, ['d/one', 'd/two']);
  for (const reason of ['TooMany', 'Denied', 'NotFound']) {
    assert.equal(await compare({ entries: [], reason }, filled), undefined);
    assert.equal(await compare(filled, { entries: [], reason }), undefined);
  }
});
