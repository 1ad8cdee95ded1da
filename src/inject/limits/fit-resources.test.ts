import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container } from '../../pods/pod.ts';
import { fitResources, type NamespaceLimits } from './fit-resources.ts';

const wanted = { requests: { cpu: '10m', memory: '64Mi' } };
const limited = { ...wanted, limits: { cpu: '1', memory: '512Mi' } };
const web: Container = {
  name: 'web',
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '200m', memory: '256Mi' } },
};
const range = (item: object, type = 'Container'): NamespaceLimits => ({ ranges: [{ type, ...item }], quotas: [] });
const quota = (hard: Record<string, string>, used: Record<string, string> = {}): NamespaceLimits => ({
  ranges: [],
  quotas: [{ hard, used }],
});

const table: readonly [string, object, NamespaceLimits, object | string][] = [
  ['nothing asked, nothing changed', wanted, { ranges: [], quotas: [] }, wanted],
  [
    'a minimum is met',
    wanted,
    range({ min: { cpu: '50m', memory: '100Mi' } }),
    { requests: { cpu: '50m', memory: '100Mi' } },
  ],
  [
    'a maximum asks for a limit and is not passed',
    wanted,
    range({ max: { cpu: '500m', memory: '256Mi' } }),
    { requests: wanted.requests, limits: { cpu: '500m', memory: '256Mi' } },
  ],
  [
    'a maximum lowers a limit',
    limited,
    range({ max: { memory: '128Mi' } }),
    { requests: wanted.requests, limits: { cpu: '1', memory: '128Mi' } },
  ],
  [
    'a ratio is met from below',
    limited,
    range({ maxLimitRequestRatio: { memory: '2' } }),
    { requests: { cpu: '10m', memory: '256Mi' }, limits: limited.limits },
  ],
  [
    'a ratio asks for a limit',
    wanted,
    range({ maxLimitRequestRatio: { cpu: '4' } }),
    { requests: wanted.requests, limits: { cpu: '40m' } },
  ],
  ['too little to live on', wanted, range({ max: { memory: '16Mi' } }), 'LimitRange'],
  [
    'two that contradict each other',
    wanted,
    { ranges: [...range({ min: { cpu: '1' } }).ranges, ...range({ max: { cpu: '500m' } }).ranges], quotas: [] },
    'LimitRange',
  ],
  ['no room in the pod', limited, range({ max: { memory: '300Mi' } }, 'Pod'), 'LimitRange'],
  ['room in the pod', limited, range({ max: { memory: '1Gi' } }, 'Pod'), limited],
  ['a pod that is too large by itself is not ours to judge', limited, range({ max: { cpu: '100m' } }, 'Pod'), limited],
  [
    'a quota of limits asks for one',
    wanted,
    quota({ 'limits.memory': '1Gi' }),
    { requests: wanted.requests, limits: { memory: '256Mi' } },
  ],
  [
    'no room in the quota',
    wanted,
    quota({ 'requests.memory': '1Gi' }, { 'requests.memory': '880Mi' }),
    'QuotaExceeded',
  ],
  ['room in the quota', wanted, quota({ 'requests.memory': '1Gi' }, { 'requests.memory': '800Mi' }), wanted],
];
for (const [name, given, limits, expected] of table)
  test(`fit: ${name}`, () => {
    assert.deepEqual(fitResources(given, { spec: { containers: [web] } }, [web], limits), expected);
  });

test('fit: a container that names only a limit asks a quota for as much', () => {
  const web: Container = { name: 'web', resources: { limits: { memory: '128Mi' } } };
  const left = (memory: string) => quota({ 'requests.memory': memory });
  const fit = (memory: string) => fitResources(wanted, { spec: { containers: [web] } }, [web], left(memory));
  assert.equal(fit('191Mi'), 'QuotaExceeded');
  assert.deepEqual(fit('192Mi'), wanted);
});
