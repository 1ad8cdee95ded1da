import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from '../api/names.ts';
import { createCaches } from './caches.ts';

const labelsOf = (optIn: boolean, value?: string): unknown => {
  const { namespaces } = createCaches({ optIn });
  const own = value === undefined ? {} : { [labels.injection]: value };
  namespaces.replace([{ metadata: { name: 'shop', labels: { team: 'x', ...own }, resourceVersion: '1' } }] as never);
  return namespaces.get('shop')?.metadata?.labels;
};

test('where namespaces opt in, one that says nothing is as one that opted out', () => {
  assert.deepEqual(labelsOf(true), { team: 'x', [labels.injection]: 'disabled' });
  assert.deepEqual(labelsOf(true, 'enabled'), { team: 'x', [labels.injection]: 'enabled' });
  assert.deepEqual(labelsOf(false), { team: 'x' });
});
