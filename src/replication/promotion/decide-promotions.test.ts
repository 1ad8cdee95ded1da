import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { annotations } from '../../api/names.ts';
import { parseStoredSyncReplica } from '../../api/parse.ts';
import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import { isReceiver } from '../../pods/pod-state.ts';
import type { Now, Observed } from '../observed.ts';
import { decidePromotions, type PromotionPlan } from './decide-promotions.ts';

const now: Now = { wallMs: Date.UTC(2030, 0, 1), monotonicMs: 1_000_000 };
const asked = new Date(now.wallMs - 1_000).toISOString();
const fencedAt = now.wallMs - 500;

const receiverOf = (
  more: Partial<VolumeStatus> = {},
  pending = 0,
  agent: Partial<AgentStatus> = {},
  ageMs = 300,
): VolumeStatus =>
  ({
    note: null,
    promoted: null,
    agents: [
      {
        ageMs,
        status: {
          phase: 'Watching',
          ...agent,
          replicas: [{ target: 'dr', link: 'Online', pending, lagSeconds: pending / 10, lastError: null }],
        },
      },
    ],
    ...more,
  }) as never;

const promoted = { at: fencedAt, by: 'kubectl', from: 'source' };
const entry = (more: object = {}) => ({ target: 'dr', requestedAt: asked, requestedBy: 'kubectl', ...more });
const fencedEntry = entry({
  fencedAt: new Date(fencedAt).toISOString(),
  loss: 'nothing',
  claims: [{ volume: 'uploads', claim: 'data-uploads-dr-0', path: 'data' }],
});

interface Scene {
  readonly set?: Record<string, string>;
  readonly receiver?: VolumeStatus;
  readonly receiverAgeMs?: number;
  readonly trouble?: string;
  readonly status?: NonNullable<SyncReplicaStatus['promotions']>;
  readonly runs?: boolean;
  readonly targets?: readonly object[];
}

const decide = (scene: Scene): PromotionPlan => {
  const { set = { [annotations.promote]: 'dr' }, receiver, receiverAgeMs = 100, runs = true } = scene;
  const replica = {
    metadata: { name: 'uploads', namespace: 'shop', uid: 'uid-1', annotations: set },
    spec: {
      source: { persistentVolumeClaim: 'uploads' },
      targets: scene.targets ?? [{ name: 'dr', managed: { storage: '1Gi' }, history: {} }],
    },
    status: { promotions: scene.status ?? [] },
  };
  const pod = {
    metadata: {
      name: 'uploads-dr-0',
      labels: { 'syncreplica.io/component': 'receiver', 'syncreplica.io/target': 'dr' },
    },
  };
  assert.ok(isReceiver(pod));
  const observed = {
    replica,
    claims: ['uploads', 'data-uploads-dr-0'].map((name) => ({ metadata: { name, uid: `uid-of-${name}` } })),
    pods: runs ? [pod] : [],
    owned: { statefulSets: [{ metadata: { name: 'uploads-dr' }, spec: { replicas: runs ? 1 : 0 } }] },
    receivers: new Map(receiver ? [['uploads-dr-0', { at: now.monotonicMs - receiverAgeMs, status: receiver }]] : []),
    promotionAsked: { by: 'kubectl', atMs: now.wallMs - 1_000 },
    orderTroubles: new Map(scene.trouble === undefined ? [] : [['uploads-dr-0', scene.trouble]]),
  } as unknown as Observed;
  const parsed = parseStoredSyncReplica(replica);
  assert.ok(parsed.ok);
  return decidePromotions({
    observed,
    spec: parsed.spec,
    volumes: [{ name: 'uploads', ordinal: 0, claim: 'uploads', pods: ['web'] }],
    now,
  });
};

const back = { [annotations.demote]: new Date(fencedAt).toISOString() };
const longAsked = [entry({ requestedAt: new Date(now.wallMs - 10_001).toISOString() })];

const wished = Date.UTC(2029, 11, 31, 23, 50);
const to = (time = new Date(wished).toISOString()) => ({ [annotations.promote]: 'dr', [annotations.rollBackTo]: time });
const rolled = (changed: number | null) => ({ wished, moment: wished - 5, isCheckpoint: true, changed, failed: 0 });
const bare = [{ name: 'dr', managed: { storage: '1Gi' } }];

const table: readonly (readonly [name: string, scene: Scene, step: string, orders: string, free: string])[] = [
  ['nobody asked', { set: {}, receiver: receiverOf() }, 'none', '', ''],
  ['the receiver said something too long ago', { receiver: receiverOf(), receiverAgeMs: 2_000 }, 'Fencing', 'look', ''],
  ['the receiver was never heard', {}, 'Fencing', 'look', ''],
  ['nothing is pending', { receiver: receiverOf() }, 'Fencing', 'promote', ''],
  ['something is pending', { receiver: receiverOf({}, 14) }, 'Draining', 'look', ''],
  [
    'something has been pending for long',
    { receiver: receiverOf({}, 14), status: longAsked },
    'Fencing',
    'promote',
    '',
  ],
  [
    'pending at the end of the source',
    { receiver: receiverOf({}, 14, { phase: 'Stopping' }) },
    'Fencing',
    'promote',
    '',
  ],
  ['pending, and silent for long', { receiver: receiverOf({}, 14, {}, 3_500) }, 'Fencing', 'promote', ''],
  ['the receiver can’t be asked', { trouble: 'it does not run' }, 'Fencing', 'look', ''],
  ['fenced, and not yet written down', { receiver: receiverOf({ promoted }) }, 'Releasing', '', 'promoted'],
  [
    'fenced and written down',
    { receiver: receiverOf({ promoted }), status: [fencedEntry] },
    'Releasing',
    '',
    'promoted released',
  ],
  ['its receivers are gone', { runs: false, status: [fencedEntry] }, 'Promoted', '', 'promoted released'],
  ['asked no more', { set: {}, runs: false, status: [fencedEntry] }, 'Promoted', '', 'promoted released'],
  ['asked no more before it was fenced', { set: {}, receiver: receiverOf(), status: [entry()] }, 'none', '', ''],
  ['the status was lost', { set: {}, receiver: receiverOf({ promoted }) }, 'Releasing', '', 'promoted'],
  [
    'asked to go back while it is still asked for',
    { set: { ...back, [annotations.promote]: 'dr' }, runs: false, status: [fencedEntry] },
    'Promoted',
    '',
    'promoted released',
  ],
  [
    'asked to end another promotion',
    { set: { [annotations.demote]: asked }, runs: false, status: [fencedEntry] },
    'Promoted',
    '',
    'promoted released',
  ],
  ['asked to go back', { set: back, runs: false, status: [fencedEntry] }, 'Demoting', 'demote', 'promoted'],
  [
    'on the way back, the receiver runs',
    { set: back, receiver: receiverOf({ promoted }), status: [fencedEntry] },
    'Demoting',
    'demote',
    'promoted',
  ],
  [
    'to be rolled back, and nothing is waited for',
    { set: to(), receiver: receiverOf({}, 14) },
    'Fencing',
    'rollBack',
    '',
  ],
  [
    'to be rolled back, heard long ago',
    { set: to(), receiver: receiverOf(), receiverAgeMs: 4_000 },
    'Fencing',
    'rollBack',
    '',
  ],
  [
    'its roll-back is under way, or was cut off',
    { set: to(), receiver: receiverOf({ promoted: { ...promoted, rolledBack: rolled(null) } }) },
    'RollingBack',
    'rollBack',
    '',
  ],
  [
    'cut off, and asked for no more',
    { set: {}, receiver: receiverOf({ promoted: { ...promoted, rolledBack: rolled(null) } }) },
    'RollingBack',
    'rollBack',
    '',
  ],
  [
    'promoted before, not rolled back',
    { set: to(), receiver: receiverOf({ promoted }) },
    'RollingBack',
    'rollBack',
    '',
  ],
  [
    'rolled back',
    { set: to(), receiver: receiverOf({ promoted: { ...promoted, rolledBack: rolled(12) } }) },
    'Releasing',
    '',
    'promoted',
  ],
  [
    'rolled back by hand',
    { set: {}, receiver: receiverOf({ promoted: { ...promoted, rolledBack: rolled(12) } }) },
    'Releasing',
    '',
    'promoted',
  ],
  ['rolled back to no time', { set: to('14:05'), receiver: receiverOf() }, 'InvalidTime', '', ''],
  ['rolled back without a history', { set: to(), receiver: receiverOf(), targets: bare }, 'NoHistory', '', ''],
  ['a target again', { set: back, receiver: receiverOf(), status: [fencedEntry] }, 'Demoting', '', ''],
];

for (const [name, scene, step, orders, free] of table) {
  test(`promotion: ${name}: ${step} ${orders}`, () => {
    const plan = decide(scene);
    assert.equal(plan.condition?.reason ?? 'none', step);
    assert.equal(plan.orders.map(({ kind }) => kind).join(), orders);
    const shown = [...(plan.promoted.has('dr') ? ['promoted'] : []), ...(plan.released.has('dr') ? ['released'] : [])];
    assert.equal(shown.join(' '), free);
    assert.equal(plan.condition?.status ?? 'False', step === 'Promoted' ? 'True' : 'False');
  });
}

test('a promotion is acknowledged with when and by whom, and the claim’s own data is what is there from now on', () => {
  const plan = decide({ receiver: receiverOf() });
  assert.deepEqual(plan.promotions[0]?.requestedBy, 'kubectl');
  assert.equal(plan.promotions[0]?.requestedAt, asked);
  assert.deepEqual(plan.orders, [
    {
      kind: 'promote',
      pod: 'uploads-dr-0',
      target: 'dr',
      ordinal: 0,
      lineage: 'uid-of-data-uploads-dr-0',
      by: 'kubectl',
    },
  ]);
  assert.deepEqual(
    plan.promotions[0]?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ['Drained True Drained', 'Fenced False Fencing', 'Released False Waiting'],
  );
});

test('what is lost is said once it is fenced, and how to mount what is there', () => {
  const { promotions } = decide({ receiver: receiverOf({ promoted }, 14) });
  const [first] = promotions;
  assert.equal(first?.fencedAt, new Date(fencedAt).toISOString());
  assert.match(first?.loss ?? '', /^1\.4 s, 14 changes, from /);
  assert.deepEqual([first?.lostChanges, first?.lostSeconds], [14, 1.4]);
  assert.deepEqual(first?.claims, [{ volume: 'uploads', claim: 'data-uploads-dr-0', path: 'data' }]);
  assert.match(first?.manifest ?? '', /claimName: data-uploads-dr-0 \}[\s\S]*subPath: data/);
});

test('a receiver that is to serve goes on beside the application, and refuses every writer', () => {
  const targets = [{ name: 'dr', managed: { storage: '1Gi', afterPromotion: 'Serve' } }];
  const plan = decide({ receiver: receiverOf({ promoted }), status: [fencedEntry], targets, runs: true });
  assert.deepEqual([plan.promoted.has('dr'), plan.released.has('dr'), plan.orders], [true, false, []]);
  assert.equal(plan.condition?.status, 'True');
  assert.match(
    plan.condition?.message ?? '',
    /with the subPath data, on the node of its receiver, which serves it read-only/,
  );
});

test('what is undone is said once it is rolled back', () => {
  const [first] = decide({
    set: to(),
    receiver: receiverOf({ promoted: { ...promoted, rolledBack: rolled(12) } }, 14),
  }).promotions;
  assert.equal(first?.rolledBackTo, new Date(wished - 5).toISOString());
  assert.equal(
    first?.loss,
    'what came after the checkpoint of 2029-12-31T23:49:59.995Z, to which it was rolled back: 12 entries were changed back',
  );
  assert.equal(first?.lostChanges, undefined);
});

test('a roll-back takes no old checkpoint unasked', () => {
  const orderOf = (text: string) => decide({ set: to(text), receiver: receiverOf() }).orders[0]?.to;
  const time = new Date(wished).toISOString();
  assert.deepEqual(orderOf(time), { atMs: wished, which: 'checkpoint' });
  assert.deepEqual(orderOf(`${time} any`), { atMs: wished, which: 'any' });
});

test('demoted it holds what its source has', () => {
  const { orders } = decide({ set: back, receiver: receiverOf({ promoted }), status: [fencedEntry] });
  assert.equal(orders[0]?.lineage, 'uid-of-uploads');
});

test('what can’t be promoted is said', () => {
  const external = { name: 'offsite', external: { address: 'a', module: 'm', tls: 'None', allowPlaintext: true } };
  for (const [target, says] of [
    ['nowhere', /there is no target nowhere; write one of offsite/],
    ['offsite', /target offsite is external: promote it where its receiver is/],
  ] as const) {
    const { condition } = decide({ set: { [annotations.promote]: target }, targets: [external] });
    assert.equal(condition?.reason, 'NotManaged');
    assert.match(condition?.message ?? '', says);
  }
});
