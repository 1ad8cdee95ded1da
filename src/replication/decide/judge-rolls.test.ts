import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '../../cluster/objects.ts';
import type { Observed } from '../observed.ts';
import { agentOf, look, managed, now, podOf, replicaOf, reportOf, setOf, wellWorld } from './observed.fixture.ts';

interface Case {
  readonly image: string;
  readonly far: object;
  readonly farImage: string;
  readonly isFarInSync: boolean;
  /** How long ago the receiver of the other target was made. */
  readonly farMinutes: number;
}

/** `shop/uploads` with two targets whose receivers run an image; the operator has `agent:1`. */
const world = (
  { image = 'agent:0', farImage = image, far = {}, isFarInSync = true, farMinutes = 600 }: Partial<Case> = {},
  more: Partial<Observed> = {},
): Observed => {
  const set = (name: string, its: string, status: object = {}): StatefulSet => {
    const template = { spec: { containers: [{ name: 'receiver', image: its }] } };
    const made = setOf(name, 1, { template } as never);
    return { ...made, status: { ...made.status, ...status } } as StatefulSet;
  };
  const creationTimestamp = new Date(now.wallMs - farMinutes * 60_000).toISOString();
  const receiver = { metadata: { name: 'uploads-far-0', namespace: 'shop', creationTimestamp } } as never;
  const rows = [reportOf('dr'), reportOf('far', { inSync: isFarInSync, link: isFarInSync ? 'Online' : 'Offline' })];
  const memory = { state: 'Online', since: now.monotonicMs - 600_000, inSync: true } as const;
  return wellWorld({
    replica: replicaOf({ targets: [managed('dr'), managed('far')] }, { generation: 3 }, { observedGeneration: 3 }),
    pods: [podOf('web-a', 'uploads'), receiver],
    owned: { ...wellWorld().owned, statefulSets: [set('dr', image), set('far', farImage, far)] },
    agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf(rows, { generation: 2 ** 40 }) }]]),
    memory: new Map([
      ['0/dr', memory],
      ['0/far', memory],
    ]),
    ...more,
  });
};

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
  [
    'the other was replaced a moment ago, and is not in sync again',
    world({ isFarInSync: false, farMinutes: 1, farImage: 'agent:1' }),
    { atOnce: ['uploads-far'], next: [], isHeld: true },
  ],
  ['it was, and is in sync again', world({ farMinutes: 1 }), { atOnce: [], next: ['uploads-dr'], isHeld: false }],
  [
    'the other is not in sync for another reason: nobody waits for it',
    world({ isFarInSync: false }),
    { atOnce: [], next: ['uploads-dr'], isHeld: false },
  ],
  ['until all were asked nothing is known', world({}, { settled: false }), { atOnce: [], next: [], isHeld: false }],
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
