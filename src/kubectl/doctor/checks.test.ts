import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority } from '../../certificates/authority.ts';
import { checks } from './checks.ts';
import type { Facts } from './facts.ts';
import { parseFigures } from './figures.ts';

const nothing: Facts = {
  replicas: [],
  pods: [],
  claims: [],
  networkPolicies: [],
  webhook: undefined,
  operatorPods: undefined,
  trials: [],
  figures: new Map(),
  unknown: [],
  localMs: 1_000_000,
  serverMs: undefined,
};
const pod = (name: string, metadata: object, status: object = {}) =>
  ({ metadata: { namespace: 'shop', name, ...metadata }, status }) as never;
const operatorPod = (ready: string) =>
  pod(
    'operator-0',
    { labels: { 'app.kubernetes.io/version': '0.2.0' } },
    { conditions: [{ type: 'Ready', status: ready }] },
  );
const synced = (lastSyncTime: string) =>
  ({
    metadata: { namespace: 'shop', name: 'uploads' },
    spec: {},
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      volumes: [{ name: 'uploads', replicas: [{ target: 'dr', state: 'Online', lastSyncTime }] }],
    },
  }) as never;
const { cert } = await createAuthority({ name: 'test' });
const caBundle = Buffer.from(cert).toString('base64');
/** What the doctor knows so long before the webhook's authority ends, ms. */
const beforeItsEnd = (ms: number): Partial<Facts> => ({
  webhook: { webhooks: [{ clientConfig: { caBundle } }] } as never,
  localMs: Date.parse(new X509Certificate(cert).validTo) - ms,
});
const metrics = (text: string) => new Map([['shop/web-1', parseFigures(text.split('\n'))]]);

const cases: readonly [string, Partial<Facts>, string, string][] = [
  ['no operator', { operatorPods: [] }, 'operator', 'wrong'],
  ['an operator that is not ready', { operatorPods: [operatorPod('False')] }, 'operator', 'wrong'],
  ['an operator that runs', { operatorPods: [operatorPod('True')] }, 'operator', 'fine'],
  ['no webhook', { webhook: null }, 'webhook', 'wrong'],
  ['a webhook without an authority', { webhook: { webhooks: [{ clientConfig: {} }] } as never }, 'webhook', 'wrong'],
  ['a webhook whose authority is good', beforeItsEnd(172_800_000), 'webhook', 'fine'],
  ['a webhook whose authority ends soon', beforeItsEnd(3_600_000), 'webhook', 'warning'],
  ['a webhook whose authority has ended', beforeItsEnd(-1_000), 'webhook', 'wrong'],
  ['a pod that gets no agent', { trials: [{ about: 'x', result: { kind: 'notInjected' } }] }, 'injection', 'wrong'],
  ['no right to try', { trials: [{ about: 'x', result: { kind: 'notAllowed' } }] }, 'injection', 'unknown'],
  [
    'an agent of another version',
    {
      operatorPods: [operatorPod('True')],
      pods: [
        pod('web-1', {
          labels: { 'syncreplica.io/injected': 'true' },
          annotations: { 'syncreplica.io/status': '{"version":"0.1.0"}' },
        }),
      ],
    },
    'version',
    'warning',
  ],
  [
    'watches near their limit',
    { figures: metrics('syncreplica_watched_directories 900\nsyncreplica_watch_limit 1000') },
    'watches',
    'warning',
  ],
  [
    'a target that is nearly full',
    { figures: metrics('syncreplica_receiver_volume_free_bytes 5\nsyncreplica_receiver_volume_size_bytes 100') },
    'room',
    'warning',
  ],
  [
    'a receiver whose certificate ends',
    { localMs: 1_000_000, figures: metrics('syncreplica_receiver_certificate_expiry_timestamp_seconds 90000') },
    'certificate',
    'warning',
  ],
  [
    'a receiver whose certificate has ended',
    { localMs: 1_000_000, figures: metrics('syncreplica_receiver_certificate_expiry_timestamp_seconds 999') },
    'certificate',
    'wrong',
  ],
  [
    'a receiver whose certificate is good for long',
    { localMs: 1_000_000, figures: metrics('syncreplica_receiver_certificate_expiry_timestamp_seconds 9000000') },
    'certificate',
    'fine',
  ],
  [
    'a certificate of the operator that ends, the first of several',
    {
      localMs: 1_000_000,
      figures: metrics(
        'syncreplica_certificate_expiry_timestamp_seconds{certificate="authority"} 9000000\nsyncreplica_certificate_expiry_timestamp_seconds{certificate="webhook"} 90000',
      ),
    },
    'certificate',
    'warning',
  ],
  [
    'watches that suffice',
    { figures: metrics('syncreplica_watched_directories 12\nsyncreplica_watch_limit 65536') },
    'watches',
    'fine',
  ],
  [
    'a target with room',
    { figures: metrics('syncreplica_receiver_volume_free_bytes 50\nsyncreplica_receiver_volume_size_bytes 100') },
    'room',
    'fine',
  ],
  ['a clock that is off', { localMs: 1_000_000, serverMs: 1_020_000 }, 'clock', 'warning'],
  ['a node whose clock is ahead', { replicas: [synced('2030-01-01T00:00:00Z')] }, 'clock', 'warning'],
  [
    'a claim without a volume',
    { claims: [pod('data-x', { labels: { 'syncreplica.io/replica': 'uploads' } }, { phase: 'Pending' })] },
    'claim',
    'wrong',
  ],
  [
    'one that nobody looked at',
    { replicas: [{ metadata: { namespace: 'a', name: 'b' }, spec: {} } as never] },
    'status',
    'wrong',
  ],
];
for (const [what, facts, check, level] of cases)
  test(`the doctor finds ${what}`, () => {
    const found = checks.flatMap((one) => one({ ...nothing, ...facts })).filter((one) => one.check === check);
    assert.deepEqual(
      found.map((one) => one.level),
      [level],
    );
    if (level !== 'fine' && level !== 'unknown') assert.ok(found[0]?.remedy, 'what is wrong has a remedy');
  });

test('the doctor finds nothing where there is nothing', () => {
  assert.deepEqual(
    checks.flatMap((one) => one(nothing)),
    [],
  );
});
