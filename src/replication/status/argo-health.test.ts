import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agentOf,
  look,
  managed,
  now,
  podOf,
  replicaOf,
  reportOf,
  setOf,
  wellWorld,
} from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';
import { argoHealthOf } from './argo-health.fixture.ts';

/** What Argo CD would show of the status that the operator decides on in this world. */
const healthOf = (observed: Observed, more: object = {}): string => {
  const { metadata, spec } = observed.replica;
  const { generation } = metadata;
  const status = { observedGeneration: generation, ...look(observed).status };
  const object = { metadata: { ...metadata, deletionTimestamp: undefined, generation }, spec, status, ...more };
  return argoHealthOf(object);
};
/** Agents run what the operator told them last. */
const generation = look(wellWorld()).settings.get('uploads')?.generation ?? 0;
const seen = (over: object): Partial<Observed> => ({
  agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', over)], { generation }) }]]),
});
const { owned } = wellWorld();
const told = { metadata: { name: 'told', annotations: { 'syncreplica.io/volumes': '{"uploads":0}' } } };
const noObjects = Object.fromEntries(Object.keys(owned).map((kind) => [kind, []])) as never;
const held = { id: 'x', reason: 'TooMany', count: 9, samples: [], since: 0 } as const;

const table: readonly [string, () => string, RegExp][] = [
  ['all is well', () => healthOf(wellWorld(seen({}))), /^Healthy\|/],
  ['no pods', () => healthOf(wellWorld({ pods: [], agents: new Map() })), /^Healthy\|.*no pod/],
  [
    'its claim comes in a later wave',
    () => healthOf(wellWorld({ claims: [], pods: [], agents: new Map(), owned: noObjects })),
    /^Healthy\|the claim uploads doesn't exist/,
  ],
  [
    'its claim is lost',
    () => healthOf(wellWorld({ claims: [], owned: { ...owned, secrets: [told] } })),
    /^Progressing\|the claim uploads doesn't exist/,
  ],
  ['paused', () => healthOf(wellWorld({ replica: replicaOf({ paused: true }) })), /^Suspended\|nothing is sent/],
  [
    'one target is paused',
    () =>
      healthOf(
        wellWorld({
          replica: replicaOf({ targets: [{ ...managed('dr'), paused: true }] }),
          ...seen({ link: 'Paused' }),
        }),
      ),
    /^(Suspended\|nothing is sent to dr|Progressing)/,
  ],
  ['deletions are held', () => healthOf(wellWorld(seen({ heldDeletes: held }))), /^Suspended\|/],
  [
    'a person has to change something',
    () => healthOf(wellWorld({ replica: replicaOf({ targets: [managed('dr', { access: 'Elevated' })] }) })),
    /^Degraded\|.*Elevated/,
  ],
  [
    'the target has no room',
    () => healthOf(wellWorld(seen({ lastError: { reason: 'TargetFull', message: 'no room', at: 1 } }))),
    /^Degraded\|.*no room/,
  ],
  [
    'receivers start',
    () => healthOf(wellWorld({ owned: { ...owned, statefulSets: [setOf('dr', 0)] } })),
    /^Progressing\|/,
  ],
  [
    'a pod has no agent yet',
    () => healthOf(wellWorld({ pods: [podOf('web-a', 'uploads', { injected: false })], missingSidecars: ['web-a'] })),
    /^Progressing\|/,
  ],
  [
    'nobody has looked',
    () => healthOf(wellWorld(), { status: undefined }),
    /^Progressing\|the operator has not looked/,
  ],
  [
    'an edit is under way',
    () => healthOf(wellWorld(), { metadata: { name: 'uploads', generation: 99 } }),
    /^Progressing\|/,
  ],
  [
    'it is being deleted',
    () => healthOf(wellWorld(), { metadata: { name: 'uploads', deletionTimestamp: 'now' } }),
    /^Progressing\|is being deleted/,
  ],
];
for (const [what, health, expected] of table)
  test(`Argo CD: ${what}`, () => {
    assert.match(health(), expected);
  });
