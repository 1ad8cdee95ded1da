import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from '../../api/names.ts';
import type { StatefulSet } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';
import { decideDeletion } from './decide-deletion.ts';
import {
  claimOf,
  conditionOf,
  look,
  managed,
  messageOf,
  now,
  podOf,
  replicaOf,
  setOf,
  wellWorld,
  worldOf,
} from './observed.fixture.ts';
import type { Plan } from './plan.ts';

const inPlace = (more: object = {}) => ({ name: 'home', managed: { claimName: 'old', ...more } });

const world = (more: Partial<Observed> = {}, target: object = inPlace()): Observed =>
  worldOf({ replica: replicaOf({ targets: [target] }), claims: [claimOf('uploads'), claimOf('old')], ...more });

const setOfPlan = (plan: Plan): StatefulSet =>
  plan.apply.find(
    ({ object }) =>
      object.metadata?.name === 'uploads-home' && 'spec' in object && 'template' in (object.spec as object),
  )?.object as StatefulSet;
const targetsOf = (plan: Plan): string[] =>
  [...plan.settings.values()].flatMap(({ targets }) => targets.map(({ name }) => name));

test('an existing claim is mounted by the receiver, which takes in what it holds; no claim is made for it', () => {
  const plan = look(world());
  const { spec } = setOfPlan(plan);
  assert.equal(spec?.volumeClaimTemplates, undefined);
  const pod = spec?.template.spec;
  assert.deepEqual(
    pod?.volumes?.flatMap(({ name, persistentVolumeClaim: claim }) => (claim ? [[name, claim.claimName]] : [])),
    [['data', 'old']],
  );
  assert.ok(pod?.containers[0]?.args?.includes('--take-in=.'));
  assert.equal(spec?.replicas, 1);
  assert.deepEqual(targetsOf(plan), ['home']);
  assert.deepEqual(plan.patchClaims, [], 'it is a person’s');
  const part = look(world({}, inPlace({ path: 'images' })));
  assert.ok(setOfPlan(part).spec?.template.spec?.containers[0]?.args?.includes('--take-in=images'));
});

const receiver = { ...podOf('uploads-home-0', 'old', { injected: false }) };
receiver.metadata = { ...receiver.metadata, labels: { [labels.component]: 'receiver', [labels.target]: 'home' } };

const held: readonly (readonly [string, Partial<Observed>, object, string])[] = [
  [
    'a pod mounts it',
    { pods: [podOf('web-a', 'uploads'), podOf('web-old', 'old', { injected: false })] },
    inPlace(),
    'ClaimInUse',
  ],
  ['it is not there', { claims: [claimOf('uploads')] }, inPlace(), 'ClaimNotFound'],
  [
    'it is the one that the target has by itself',
    { claims: [claimOf('uploads'), claimOf('data-uploads-home-0')] },
    inPlace({ claimName: 'data-uploads-home-0' }),
    'NameTaken',
  ],
];
for (const [why, more, target, reason] of held) {
  test(`an existing claim waits while ${why}: no receiver runs, and nothing is sent`, () => {
    const plan = look(world(more, target));
    assert.equal(conditionOf(plan, 'Ready'), `False ${reason}`, messageOf(plan, 'Ready'));
    assert.equal(setOfPlan(plan).spec?.replicas, 0);
    assert.deepEqual(targetsOf(plan), []);
  });
}

test('its own receiver is no stranger to it', () => {
  const plan = look(world({ pods: [podOf('web-a', 'uploads'), receiver] }));
  assert.equal(setOfPlan(plan).spec?.replicas, 1);
});

test('a receiver that has the source’s claim as its target is no pod of the source', () => {
  const other = podOf('back-home-0', 'uploads', { injected: false });
  other.metadata = { ...other.metadata, labels: { [labels.component]: 'receiver', [labels.replica]: 'back' } };
  const plan = look(worldOf({ replica: replicaOf({ targets: [managed('dr')] }), pods: [other] }));
  assert.match(messageOf(plan, 'InSync'), /no pod uses uploads/);
});

const dying = (more: object, status: object = {}): Observed => {
  const replica = replicaOf(
    { deletionPolicy: 'Delete', ...more },
    { deletionTimestamp: new Date(now.wallMs - 120_000).toISOString(), finalizers: ['syncreplica.io/replicas'] },
    {
      volumes: [
        {
          name: 'uploads',
          ordinal: 0,
          replicas: [
            { target: 'dr', state: 'Offline' },
            { target: 'home', state: 'Offline' },
          ],
        },
      ],
      ...status,
    },
  );
  const labelled = claimOf('data-uploads-dr-0');
  labelled.metadata = {
    ...labelled.metadata,
    labels: { [labels.component]: 'receiver', [labels.replica]: 'uploads', [labels.target]: 'dr' },
  };
  return worldOf({
    replica,
    pods: [],
    claims: [claimOf('uploads'), claimOf('old'), labelled],
    memory: new Map(['0/dr', '0/home'].map((key) => [key, { state: 'DeletionStarted', since: 0, inSync: false }])),
  });
};

test('deletionPolicy deletes neither an existing claim nor one that was promoted', () => {
  const names = (observed: Observed) => decideDeletion(observed, now).prune.map(({ name }) => name);
  const targets = [managed('dr'), inPlace()];
  assert.deepEqual(names(dying({ targets })), ['data-uploads-dr-0']);
  const promotions = [{ target: 'dr', requestedAt: 'x', fencedAt: '2030-01-01T00:00:00.000Z' }];
  assert.deepEqual(names(dying({ targets }, { promotions })), []);
});

test('a target that is taken out of the spec while it is in use keeps its claim, and its promotion for as long as that is there', () => {
  const claim = 'data-uploads-dr-0';
  const before = {
    volumes: [{ name: 'uploads', ordinal: 0, replicas: [{ target: 'dr', state: 'Promoted', inSync: false }] }],
    promotions: [
      {
        target: 'dr',
        requestedAt: '2030-01-01T00:00:00Z',
        fencedAt: '2030-01-01T00:00:00.000Z',
        claims: [{ volume: 'uploads', claim, path: 'data' }],
      },
    ],
  };
  const labelled = claimOf(claim);
  labelled.metadata = {
    ...labelled.metadata,
    labels: { [labels.component]: 'receiver', [labels.replica]: 'uploads', [labels.target]: 'dr' },
  };
  const spec = { deletionPolicy: 'Delete', targets: [managed('other')] };
  const claims = [claimOf('uploads'), labelled];
  const lookAt = (status: object, memory: Observed['memory'], more: Partial<Observed>) =>
    look(wellWorld({ replica: replicaOf(spec, {}, status as never), pods: [], claims, memory, ...more }));
  const promoted = new Map([['0/dr', { state: 'Promoted' as const, since: 0, inSync: false }]]);
  const first = lookAt(before, promoted, { owned: { ...worldOf().owned, statefulSets: [setOf('dr')] } });
  assert.deepEqual(
    first.prune.map(({ name }) => name),
    ['uploads-dr'],
    'its receivers go',
  );
  const second = lookAt(first.status ?? {}, first.memory, { owned: worldOf().owned });
  assert.deepEqual(second.prune, [], 'what is in use stays, also while no pod runs');
  assert.deepEqual(second.status?.promotions, before.promotions);
  const gone = lookAt(second.status ?? {}, second.memory, { owned: worldOf().owned, claims: [claimOf('uploads')] });
  assert.equal(gone.status?.promotions, undefined);
  const told = [first, second, gone].flatMap(({ events }) => events.map(({ reason }) => reason));
  assert.ok(!told.includes('Demoted'), told.join());
});

test('receivers of a promoted target stop although the SyncReplica is blocked by something else', () => {
  const status = {
    promotions: [{ target: 'dr', requestedAt: '2030-01-01T00:00:00Z', fencedAt: '2030-01-01T00:00:00.000Z' }],
  };
  const plan = look(
    wellWorld({
      replica: replicaOf({ source: { persistentVolumeClaim: 'uploads', access: 'Elevated' } }, {}, status as never),
    }),
  );
  assert.equal(conditionOf(plan, 'Ready'), 'False ElevatedNotAllowed');
  const sets = plan.apply.filter(({ resource }) => resource.plural === 'statefulsets');
  assert.deepEqual(
    sets.map(({ object }) => (object as StatefulSet).spec?.replicas),
    [0],
  );
});
