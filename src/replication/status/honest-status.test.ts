import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from '../../api/names.ts';
import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import type { Pod } from '../../cluster/objects.ts';
import {
  agentOf,
  claimOf,
  conditionOf,
  look,
  managed,
  messageOf,
  now,
  podOf,
  replicaOf,
  reportOf,
  setOf,
  wellWorld,
} from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';
import { judgeInjected } from './judges/judge-injected.ts';

const bare = (name: string, more: object = {}) => {
  const pod = podOf(name, 'uploads', { injected: false });
  return { ...pod, metadata: { ...pod.metadata, ...more } } as never;
};

test('a pod that opted out has no agent, and nobody says that it has', () => {
  const all = look(wellWorld({ pods: [bare('web-b')], optedOut: ['web-b'], agents: new Map() }));
  assert.equal(conditionOf(all, 'Injected'), 'False OptedOut');
  assert.match(messageOf(all, 'Injected'), /web-b opted out of injection, so nothing of uploads is copied/);
  const one = look(wellWorld({ pods: [podOf('web-a', 'uploads'), bare('web-b')], optedOut: ['web-b'] }));
  assert.equal(conditionOf(one, 'Injected'), 'True AllInjected');
  assert.match(messageOf(one, 'Injected'), /but for web-b, opted out/);
});

test('a volume that no pod uses now opted out of nothing', () => {
  const observed = wellWorld({ pods: [podOf('db-0', 'data-db-0')] });
  const volumes = [
    { name: 'data-db-0', ordinal: 0, pods: ['db-0'] },
    { name: 'data-db-1', ordinal: 1, pods: [] },
  ];
  const { status, reason, message } = judgeInjected({ observed, volumes } as never);
  assert.deepEqual([status, reason, message], ['True', 'AllInjected', 'every pod of the source has an agent']);
});

test('at zero pods, as a CronJob between two runs, everything is in place, nothing alerts and nothing is promised', () => {
  const plan = look(wellWorld({ pods: [], agents: new Map() }));
  assert.equal(plan.status?.state, 'Idle');
  assert.equal(conditionOf(plan, 'Ready'), 'True NoPods');
  assert.equal(conditionOf(plan, 'InSync'), 'Unknown NoWriter');
  assert.deepEqual(
    plan.events.filter(({ type }) => type === 'Warning'),
    [],
  );
  const back = look(
    wellWorld({ memory: new Map([['0/dr', { state: 'Idle', since: now.monotonicMs, inSync: false }]]) }),
  );
  assert.equal(back.status?.state, 'Online');
  assert.equal(conditionOf(back, 'InSync'), 'True EnoughInSync');
});

test('a receiver that is not there is not ready, whether pods are there or not', () => {
  const { owned } = wellWorld();
  const plan = look(wellWorld({ pods: [], agents: new Map(), owned: { ...owned, statefulSets: [setOf('dr', 0)] } }));
  assert.equal(conditionOf(plan, 'Ready'), 'False TargetsUnavailable');
});

test('storage that would have to shrink is refused in words', () => {
  const target = { ...claimOf('data-uploads-dr-0'), spec: { resources: { requests: { storage: '2Gi' } } } } as never;
  const plan = look(wellWorld({ claims: [claimOf('uploads'), target] }));
  assert.equal(conditionOf(plan, 'Ready'), 'False ApplyRefused');
  assert.match(messageOf(plan, 'Ready'), /data-uploads-dr-0 has 2Gi and can't shrink to 1Gi; write storage: 2Gi/);
  const grown = look(
    wellWorld({
      replica: replicaOf({ targets: [managed('dr', { storage: '2048Mi' })] }),
      claims: [claimOf('uploads'), target],
    }),
  );
  assert.equal(conditionOf(grown, 'Ready'), 'True AllInPlace');
});

test('what programs say at length is cut, and no two rows have one name', () => {
  const lastError = { reason: 'Internal', message: 'ä'.repeat(40_000), at: now.wallMs } as const;
  const agents = new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', { lastError })]) }]]);
  const plan = look(wellWorld({ agents }));
  const said = [
    ...(plan.status?.conditions ?? []).map(({ message }) => message),
    plan.status?.volumes?.[0]?.replicas?.[0]?.lastError?.message ?? '',
  ];
  for (const message of said) {
    assert.ok(Buffer.byteLength(message) <= 1_024);
    assert.ok(!message.includes('\uFFFD'));
  }
  const { owned } = wellWorld();
  const leaving = { ...setOf('old'), spec: { ...setOf('old').spec, replicas: 3 } } as never;
  const names = look(
    wellWorld({ owned: { ...owned, statefulSets: [setOf('dr'), leaving] }, memory: new Map() }),
  ).status?.volumes?.map(({ name }) => name);
  assert.equal(new Set(names).size, names?.length);
  assert.ok(names?.every((name) => name !== ''));
});

test('a generation is observed when every agent runs it, and until then it says who does not', () => {
  const first = look(wellWorld());
  const generation = first.settings.get('uploads')?.generation ?? 0;
  const running = (agent: number): Partial<Observed> => ({
    replica: replicaOf({ paused: true }, { generation: 8 }, { observedGeneration: 7 }),
    agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr')], { generation: agent }) }]]),
  });
  const behind = look(wellWorld(running(1)));
  assert.equal(behind.status?.observedGeneration, 7);
  assert.equal(conditionOf(behind, 'Reconciling'), 'True AgentsBehind');
  assert.match(messageOf(behind, 'Reconciling'), /web-a/);
  const told = look(wellWorld(running(generation)));
  assert.equal(told.status?.observedGeneration, 8);
  assert.equal(conditionOf(told, 'Reconciling'), 'False Settled');
});

test('an edit of what receivers are is observed once they run it', () => {
  const of = (status: object, generation = 2) => {
    const set = { ...setOf('dr'), metadata: { ...setOf('dr').metadata, generation } };
    const world = wellWorld({ replica: replicaOf({}, { generation: 8 }, { observedGeneration: 7 }) });
    const plan = look(
      wellWorld({
        ...world,
        owned: { ...world.owned, statefulSets: [{ ...set, status: { ...set.status, ...status } } as never] },
        agents: new Map([
          [
            'web-a',
            { at: now.monotonicMs, status: agentOf([reportOf('dr')], { generation: Number.MAX_SAFE_INTEGER }) },
          ],
        ]),
      }),
    );
    return [plan.status?.observedGeneration, conditionOf(plan, 'Reconciling')];
  };
  assert.deepEqual(of({ observedGeneration: 1 }), [7, 'True AgentsBehind']);
  assert.deepEqual(of({ observedGeneration: 2, currentRevision: 'a', updateRevision: 'b' }), [7, 'True AgentsBehind']);
  assert.deepEqual(of({ observedGeneration: 2, currentRevision: 'b', updateRevision: 'b' }), [8, 'False Settled']);
});

test('what is stuck says so', () => {
  const plan = look(wellWorld({ replica: replicaOf({ targets: [managed('dr', { access: 'Elevated' })] }) }));
  assert.equal(conditionOf(plan, 'Stalled'), 'True ElevatedNotAllowed');
  assert.equal(conditionOf(plan, 'Reconciling'), 'False Settled');
  assert.equal(conditionOf(look(wellWorld()), 'Stalled'), 'False Settled');
});

test('advice that can’t help is not given', () => {
  const replica = replicaOf({}, { creationTimestamp: '2029-12-31T20:00:00Z' });
  const missing = (created: string) =>
    look(
      wellWorld({
        replica,
        pods: [bare('web-b', { creationTimestamp: created, labels: { [labels.injected]: 'false' } })],
        missingSidecars: ['web-b'],
        agents: new Map(),
      }),
    );
  assert.equal(conditionOf(missing('2029-12-31T19:00:00Z'), 'Injected'), 'False PodsMissingSidecar');
  const passed = missing('2029-12-31T20:01:00Z');
  assert.equal(conditionOf(passed, 'Injected'), 'False WebhookNotCalled');
  assert.match(
    messageOf(passed, 'Injected'),
    /the webhook was not asked about it; see that the API server reaches .* 9443/,
  );
  const system = { ...replica, metadata: { ...replica.metadata, namespace: 'kube-system' } };
  const excluded = look(wellWorld({ replica: system, pods: [bare('web-b')], missingSidecars: ['web-b'] }));
  assert.equal(conditionOf(excluded, 'Injected'), 'False NamespaceExcluded');
  assert.doesNotMatch(messageOf(excluded, 'Injected'), /rollout restart/);
});

test('what agents and receivers run is shown, and those that are too old are named', () => {
  const agents = new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr')], { version: '0.0.9' }) }]]);
  const plan = look(wellWorld({ agents }));
  assert.deepEqual(plan.status?.versions?.agents, [{ version: '0.0.9', count: 1 }]);
  assert.equal(conditionOf(plan, 'AgentsOutdated'), 'True AgentsTooOld');
  assert.match(messageOf(plan, 'AgentsOutdated'), /restart web-a/);
  assert.equal(conditionOf(look(wellWorld()), 'AgentsOutdated'), 'False AgentsCurrent');
});

test('an agent that runs and is heard of by nobody is said, with what to open', () => {
  const running = (startedAt: string) => {
    const pod = podOf('web-a', 'uploads') as { status?: object };
    pod.status = { initContainerStatuses: [{ name: 'syncreplica-agent-uploads', state: { running: { startedAt } } }] };
    return look(wellWorld({ pods: [pod as never], agents: new Map() }));
  };
  const long = running('2029-12-31T23:00:00Z');
  assert.equal(conditionOf(long, 'Degraded'), 'True AgentsUnreachable');
  assert.match(messageOf(long, 'Degraded'), /web-a.*port 8730.*syncreplica-system/);
  assert.equal(conditionOf(running('2029-12-31T23:59:50Z'), 'Degraded'), 'False AsExpected');
});

test('what the last writer handed over at its end is known of a replica without pods, and nothing else', () => {
  const idle = (phase: 'Stopping' | 'Watching', inSync: boolean) => {
    const status = agentOf([reportOf('dr', { inSync })], { phase });
    const receiver = {
      leaseExpiresInMs: 0,
      fullPassAt: 1,
      epoch: 4,
      empty: false,
      agents: [{ ageMs: 60_000, status }],
    };
    const receivers = new Map([['uploads-dr-0', { at: now.monotonicMs, status: receiver as never }]]);
    return conditionOf(look(wellWorld({ pods: [], agents: new Map(), receivers })), 'InSync');
  };
  assert.equal(idle('Stopping', true), 'True EnoughInSync');
  assert.equal(idle('Stopping', false), 'Unknown NoWriter');
  assert.equal(idle('Watching', true), 'Unknown NoWriter', 'one that was killed did not say what it had left');
});

test('what a pod without an agent wrote after the last word is on no target, nor what one did whose agent got nothing through', () => {
  const status = agentOf([reportOf('dr')], { phase: 'Stopping', holder: 'web-a/uid-web-a' });
  const saidAt = now.monotonicMs;
  const receiver = { leaseExpiresInMs: 0, fullPassAt: 1, epoch: 4, empty: false, agents: [{ ageMs: 0, status }] };
  const lookAt = (afterMs: number, pods: Observed['pods'], memory: Observed['memory'], written?: SyncReplicaStatus) => {
    const later = { wallMs: now.wallMs + afterMs, monotonicMs: now.monotonicMs + afterMs };
    const agents = [{ ageMs: later.monotonicMs - saidAt, status }];
    const receivers = new Map([['uploads-dr-0', { at: later.monotonicMs, status: { ...receiver, agents } as never }]]);
    const world = wellWorld({ pods, agents: new Map(), receivers, memory, replica: replicaOf({}, {}, written) });
    return look(world, later);
  };
  const source = podOf('web-a', 'uploads');
  const ended = (pod: Pod) => {
    const seen = lookAt(-60_000, [source], wellWorld().memory);
    const idle = lookAt(1_000, [], seen.memory);
    assert.equal(conditionOf(idle, 'InSync'), 'True EnoughInSync', 'the last that wrote said so');
    const busy = lookAt(60_000, [pod], idle.memory);
    return lookAt(120_000, [], busy.memory);
  };
  const unwatched = ended(podOf('migrate', 'uploads', { injected: false }));
  assert.equal(conditionOf(unwatched, 'InSync'), 'Unknown NoWriter');
  const taken = lookAt(180_000, [], new Map(), unwatched.status);
  assert.equal(conditionOf(taken, 'InSync'), 'Unknown NoWriter', 'another operator knows it by the status');
  assert.equal(conditionOf(ended(podOf('web-b', 'uploads')), 'InSync'), 'Unknown NoWriter');
  const reading = podOf('backup', 'uploads', { injected: false });
  const [mount] = reading.spec?.containers[0]?.volumeMounts ?? [];
  if (mount) mount.readOnly = true;
  assert.equal(conditionOf(ended(reading), 'InSync'), 'True EnoughInSync', 'one that can only read');
  const waiting = { ...podOf('web-c', 'uploads'), status: { phase: 'Pending' } } as Pod;
  assert.equal(conditionOf(ended(waiting), 'InSync'), 'True EnoughInSync', 'one that never began');
});

test('sockets can’t be copied, which nobody can mend and is no trouble', () => {
  const judge = (skipped: object) => {
    const agents = new Map([
      ['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', { skipped: skipped as never })]) }],
    ]);
    return conditionOf(look(wellWorld({ agents })), 'Degraded');
  };
  assert.equal(judge({ count: 2, special: 2, samples: ['s (special-file)'] }), 'False AsExpected');
  assert.equal(judge({ count: 3, special: 2, samples: ['x (denied)'] }), 'True EntriesSkipped');
  assert.equal(judge({ count: 2, samples: ['x (denied)'] }), 'True EntriesSkipped');
});
