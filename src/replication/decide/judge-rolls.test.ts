import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';
import { agentOf, look, managed, now, replicaOf, reportOf, setOf, wellWorld } from './observed.fixture.ts';

/** `shop/uploads` with two targets whose receivers run an image; the operator has `agent:1`. */
const world = (
  { image = 'agent:0', far = {}, isFarInSync = true, farState = 'Online' }: Partial<Case> = {},
  more: Partial<Observed> = {},
): Observed => {
  const template = { spec: { containers: [{ name: 'receiver', image }] } };
  const set = (name: string, status: object = {}): StatefulSet => {
    const made = setOf(name, 1, { template } as never);
    return { ...made, status: { ...made.status, ...status } } as StatefulSet;
  };
  const link = farState === 'Offline' ? 'Offline' : 'Online';
  const rows = [reportOf('dr'), reportOf('far', { inSync: isFarInSync, link })];
  const memoryOf = (state: 'Online' | 'Offline', since = now.monotonicMs - 600_000) => ({ state, since, inSync: true });
  return wellWorld({
    replica: replicaOf({ targets: [managed('dr'), managed('far')] }, { generation: 3 }, { observedGeneration: 3 }),
    owned: { ...wellWorld().owned, statefulSets: [set('dr'), set('far', far)] },
    agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf(rows, { generation: 2 ** 40 }) }]]),
    memory: new Map([
      ['0/dr', memoryOf('Online')],
      ['0/far', memoryOf(farState)],
    ]),
    ...more,
  });
};

interface Case {
  readonly image: string;
  readonly far: object;
  readonly isFarInSync: boolean;
  readonly farState: 'Online' | 'Offline';
}

const names = (objects: readonly { readonly object: { readonly metadata?: { readonly name?: string } } }[]) =>
  objects.flatMap(({ object }) => object.metadata?.name ?? []).filter((name) => /^uploads-(dr|far)$/.test(name));
const judge = (observed: Observed) => {
  const { apply, rolls, requeueAfterMs } = look(observed);
  const sets = apply.filter(({ resource }) => resource.plural === 'statefulsets');
  return { atOnce: names(sets), next: names(rolls), isHeld: requeueAfterMs === 5_000 };
};

const table: readonly [string, Observed, ReturnType<typeof judge>][] = [
  ['all are well: one target', world(), { atOnce: [], next: ['uploads-dr'], isHeld: false }],
  [
    'the other is being replaced',
    world({ far: { currentRevision: 'a', updateRevision: 'b' } }),
    { atOnce: [], next: [], isHeld: true },
  ],
  ['the other has not caught up', world({ isFarInSync: false }), { atOnce: [], next: [], isHeld: true }],
  [
    'the other went away just now',
    world({ farState: 'Online', isFarInSync: false }, { memory: new Map() }),
    { atOnce: [], next: [], isHeld: true },
  ],
  [
    'the other is away for long: nobody waits for it',
    world({ farState: 'Offline', isFarInSync: false }),
    { atOnce: [], next: ['uploads-dr'], isHeld: false },
  ],
  [
    'receivers of the other are not ready: that may mend them',
    world({ far: { readyReplicas: 0 } }),
    { atOnce: ['uploads-far'], next: ['uploads-dr'], isHeld: false },
  ],
  [
    'a person changed something',
    world(
      {},
      {
        replica: replicaOf({ targets: [managed('dr'), managed('far')] }, { generation: 4 }, { observedGeneration: 3 }),
      },
    ),
    { atOnce: ['uploads-dr', 'uploads-far'], next: [], isHeld: false },
  ],
  [
    'another image is not what differs',
    world({ image: 'agent:1' }),
    { atOnce: ['uploads-dr', 'uploads-far'], next: [], isHeld: false },
  ],
];

for (const [name, observed, expected] of table)
  test(`receivers of another version: ${name}`, () => assert.deepEqual(judge(observed), expected));
