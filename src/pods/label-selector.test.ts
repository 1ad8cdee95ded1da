import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelSelector, matchesLabels } from './label-selector.ts';

const expression = (key: string, operator: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
});

const rows: [string, LabelSelector, Record<string, string> | undefined, boolean][] = [
  ['an empty selector selects a pod without labels', {}, undefined, true],
  ['all of matchLabels must hold', { matchLabels: { app: 'web', tier: 'front' } }, { app: 'web' }, false],
  ['further labels do no harm', { matchLabels: { app: 'web' } }, { app: 'web', tier: 'front' }, true],
  ['In', expression('app', 'In', ['web', 'api']), { app: 'api' }, true],
  ['In without the label', expression('app', 'In', ['web']), {}, false],
  ['NotIn without the label', expression('app', 'NotIn', ['web']), {}, true],
  ['NotIn with the value', expression('app', 'NotIn', ['web']), { app: 'web' }, false],
  ['Exists', expression('app', 'Exists'), { app: '' }, true],
  ['DoesNotExist', expression('app', 'DoesNotExist'), { app: '' }, false],
  ['an unknown operator selects nothing', expression('app', 'Gt', ['1']), { app: '2' }, false],
  [
    'labels and expressions both',
    { matchLabels: { app: 'web' }, ...expression('canary', 'DoesNotExist') },
    { app: 'web', canary: 'true' },
    false,
  ],
];

for (const [name, selector, labels, expected] of rows) {
  test(name, () => assert.equal(matchesLabels(selector, labels), expected));
}
