import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations, labels } from '../../../api/names.ts';
import type { Pod } from '../../../cluster/objects.ts';
import { agentSecurity } from '../../../inject/agent-security.ts';
import { look, now, podOf, replicaOf, setOf, worldOf } from '../../decide/observed.fixture.ts';
import type { Observed } from '../../observed.ts';
import { judgeReceiverUser } from './receiver-user.ts';

const volumes = (...pods: string[]) => [{ name: 'uploads', ordinal: 0, claim: 'uploads', pods }];
const judge = (more: Partial<Observed>, ...pods: string[]) =>
  judgeReceiverUser(worldOf(more), 'dr', { access: 'SameUser' }, volumes(...pods));
const setAs = (uid: number) =>
  setOf('dr', 1, { template: { spec: { securityContext: { runAsUser: uid, runAsGroup: uid } } } } as never);
const ownedSet = (uid: number) => ({ ...worldOf().owned, statefulSets: [setAs(uid)] });
const receiverAs = (uid: number): Pod =>
  ({
    metadata: {
      name: 'uploads-dr-0',
      namespace: 'shop',
      labels: { [labels.component]: 'receiver', [labels.target]: 'dr' },
    },
    spec: { containers: [], securityContext: { runAsUser: uid } },
  }) as Pod;
const web = podOf('web-a', 'uploads', { uid: 1_000 });

test('SyncReplica first: the user is a guess until the first pod, and nobody writes under it', () => {
  const before = judge({ pods: [] });
  assert.deepEqual(before, { user: { access: 'SameUser', uid: 65_532, gid: 65_532 }, isSettled: false });
  const rolling = judge({ pods: [web, receiverAs(65_532)], owned: ownedSet(65_532) }, 'web-a');
  assert.deepEqual(rolling, { user: { access: 'SameUser', uid: 1_000, gid: 1_000 }, isSettled: false });
  const rolled = judge({ pods: [web, receiverAs(1_000)], owned: ownedSet(1_000) }, 'web-a');
  assert.equal(rolled.isSettled, true);
  const targets = (world: Observed) => look(world).settings.get('uploads')?.targets.length;
  assert.equal(targets(worldOf({ pods: [] })), 0);
  assert.equal(targets(worldOf({ pods: [web, receiverAs(65_532)], owned: ownedSet(65_532) })), 0);
  assert.equal(targets(worldOf({ pods: [web, receiverAs(1_000)], owned: ownedSet(1_000) })), 1);
});

test('a user that was chosen is settled as soon as the receivers run as it, with or without a pod', () => {
  const chosen = (more: Partial<Observed>) =>
    judgeReceiverUser(worldOf(more), 'dr', { access: 'SameUser', user: { uid: 7 } }, volumes('web-a'));
  const user = { access: 'SameUser', uid: 7, gid: 7 };
  assert.deepEqual(chosen({ pods: [] }), { user, isSettled: true });
  assert.deepEqual(chosen({ pods: [web, receiverAs(7)], owned: ownedSet(7) }), { user, isSettled: true });
  assert.deepEqual(chosen({ pods: [web, receiverAs(1_000)], owned: ownedSet(7) }), { user, isSettled: false });
  assert.deepEqual(chosen({ pods: [web], owned: ownedSet(1_000) }), { user, isSettled: false });
});

test('application first: the receivers run as its user from their first moment', () => {
  assert.deepEqual(judge({ pods: [web] }, 'web-a'), {
    user: { access: 'SameUser', uid: 1_000, gid: 1_000 },
    isSettled: true,
  });
});

test('once something was written the user stays, whoever comes', () => {
  const status = {
    volumes: [{ name: 'uploads', replicas: [{ target: 'dr', state: 'Online', lastSyncTime: 'then' }] }],
  };
  const written = { replica: replicaOf({}, {}, status as never), owned: ownedSet(65_532), pods: [web] };
  assert.deepEqual(judge(written, 'web-a'), {
    user: { access: 'SameUser', uid: 65_532, gid: 65_532 },
    isSettled: true,
  });
  const told = new Map([['uploads-dr-0', { at: now.monotonicMs, status: { empty: false } as never }]]);
  assert.equal(judge({ owned: ownedSet(65_532), pods: [web], receivers: told }, 'web-a').isSettled, true);
});

test('a claim that outlived its receivers has them run as before from their first moment, whoever comes', () => {
  const kept = {
    metadata: {
      name: 'data-uploads-dr-0',
      namespace: 'shop',
      annotations: { [annotations.replicaOwner]: '1000:2000' },
    },
  };
  const settled = { user: { access: 'SameUser', uid: 1_000, gid: 2_000 }, isSettled: true };
  assert.deepEqual(judge({ pods: [], claims: [kept] }), settled);
  const other = podOf('web-b', 'uploads', { uid: 33 });
  assert.deepEqual(judge({ pods: [other], claims: [kept] }, 'web-b'), settled);
  const guessed = { pods: [receiverAs(65_532)], owned: ownedSet(65_532), claims: [kept] };
  assert.deepEqual(judge(guessed), { ...settled, isSettled: false });
  const nonsense = { metadata: { ...kept.metadata, annotations: { [annotations.replicaOwner]: 'root' } } };
  assert.equal(judge({ pods: [], claims: [nonsense] }).isSettled, false);
});

test('agent and receiver go by one container: the first that writes', () => {
  const pod = {
    metadata: { name: 'web-a', namespace: 'shop' },
    spec: {
      containers: [
        { name: 'reader', volumeMounts: [{ name: 'data', readOnly: true }], securityContext: { runAsUser: 101 } },
        { name: 'writer', volumeMounts: [{ name: 'data' }], securityContext: { runAsUser: 33 } },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
    },
  };
  const verdict = judge({ pods: [pod as never] }, 'web-a');
  const agent = agentSecurity(pod as never, { volume: 'data', access: 'SameUser', user: 'writer' } as never);
  assert.equal(verdict.user.access === 'SameUser' && verdict.user.uid, 33);
  assert.equal(agent.runAsUser, 33);
});
