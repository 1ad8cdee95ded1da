import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamespaceLimits } from '../../../inject/limits/fit-resources.ts';
import { receiverResources } from './receiver-resources.ts';

const wanted = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } };
const range = (item: object): NamespaceLimits => ({ ranges: [{ type: 'Container', ...item }], quotas: [] });
const quota = (hard: Record<string, string>, used = {}): NamespaceLimits => ({ ranges: [], quotas: [{ hard, used }] });

const cases: readonly [string, NamespaceLimits, object][] = [
  ['nothing is limited', { ranges: [], quotas: [] }, wanted],
  [
    'a maximum, a minimum and a ratio',
    range({
      max: { cpu: '400m', memory: '256Mi' },
      min: { cpu: '20m', memory: '32Mi' },
      maxLimitRequestRatio: { cpu: '4', memory: '3' },
    }),
    { requests: { cpu: '100m', memory: '86Mi' }, limits: { cpu: '400m', memory: '256Mi' } },
  ],
  [
    'a quota that asks for a limit of each',
    quota({ 'limits.cpu': '2', 'limits.memory': '2Gi' }),
    { requests: wanted.requests, limits: { cpu: '40m', memory: '512Mi' } },
  ],
  ['a quota that is used up', quota({ 'requests.cpu': '1' }, { 'requests.cpu': '1' }), wanted],
  ['nothing that it could work with', range({ max: { memory: '16Mi' } }), wanted],
];

for (const [title, limits, expected] of cases) {
  test(title, () => assert.deepEqual(receiverResources(wanted, limits), expected));
}
