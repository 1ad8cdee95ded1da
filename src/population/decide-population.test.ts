import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  claimOf,
  ended,
  fillerOf,
  madeFor,
  primeOf,
  replicaOf,
  volumeOf,
  volumesOf,
  worldOf,
} from './claim.fixture.ts';
import { decidePopulation, type PopulationStep } from './decide-population.ts';
import type { ObservedClaim } from './observed-claim.ts';

const annotated = (key: string, value: string) => claimOf({ annotations: { [`syncreplica.io/${key}`]: value } });
const copy = (annotations: object = {}) =>
  ({ ...claimOf({ annotations }), metadata: { ...claimOf({ annotations }).metadata, name: 'copy' } }) as never;
const filled = { outcome: 'filled', target: 'dr', coveredAt: 1_700_000_000_000, from: { dr: 5 } };
const running = fillerOf({ phase: 'Running', containerStatuses: [{ state: { running: {} } }] });
const marked = annotated('restored-from', '{"dr":5}');
const boundTo = (claim: typeof marked, volumeName = 'pv-1') => ({
  ...claim,
  spec: { ...(claim.spec as object), volumeName } as never,
});
const crashed = fillerOf({
  phase: 'Running',
  containerStatuses: [
    {
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      lastState: {
        terminated: { message: '{"outcome":"failed","reason":"TargetUnreachable","message":"dr: no route"}' },
      },
    },
  ],
});

/** What is observed → the step, and the reason and words of what is told. */
const rows: readonly [string, Partial<ObservedClaim>, PopulationStep['kind'], string?, RegExp?][] = [
  ['it can begin', {}, 'make', 'Filling', /with web of the SyncReplica web from dr$/],
  ['the chart gave no rights', { isEnabled: false }, 'wait', 'PopulatorOff', /volumePopulator\.enabled=true/],
  [
    'no such SyncReplica',
    { replica: undefined },
    'wait',
    'SyncReplicaNotFound',
    /SyncReplica web .*once that is there$/,
  ],
  [
    'it is going',
    { replica: replicaOf({ metadata: { deletionTimestamp: 'now' } }) },
    'wait',
    'SyncReplicaNotFound',
    /being deleted/,
  ],
  [
    'one of another namespace',
    {
      claim: claimOf({
        spec: { dataSourceRef: { apiGroup: 'syncreplica.io', kind: 'SyncReplica', name: 'web', namespace: 'x' } },
      }),
    },
    'wait',
    'OtherNamespace',
    /of its own namespace only/,
  ],
  ['a block volume', { claim: claimOf({ spec: { volumeMode: 'Block' } }) }, 'wait', 'BlockVolume'],
  ['nobody may write', { claim: claimOf({ spec: { accessModes: ['ReadOnlyMany'] } }) }, 'wait', 'ReadOnlyClaim'],
  ['its source is not known', { volumes: new Map() }, 'wait', 'SourceNotKnown'],
  [
    'several volumes, and none of its name',
    { claim: copy(), volumes: volumesOf({ 'd-0': ['dr'], 'd-1': ['dr'] }) },
    'wait',
    'VolumeAmbiguous',
    /has d-0, d-1; .*from-volume/,
  ],
  [
    'several volumes, and one of its name',
    { volumes: volumesOf({ other: ['dr'], web: ['dr'] }) },
    'make',
    'Filling',
    /with web of/,
  ],
  ['a volume that is not there', { claim: annotated('from-volume', 'd-9') }, 'wait', 'VolumeNotFound'],
  ['a target that is not there', { claim: annotated('from-target', 'x') }, 'wait', 'TargetNotFound', /it has dr$/],
  ['a target of which agents are not told', { volumes: volumesOf({ web: [] }) }, 'wait', 'TargetNotReady', /offer dr/],
  [
    'one of two targets is not there: the other may be older',
    { replica: replicaOf({ spec: { targets: [{ name: 'dr' }, { name: 'far' }] } }) },
    'wait',
    'TargetNotReady',
    /offer far/,
  ],
  [
    'one of two, by name',
    {
      claim: annotated('from-target', 'dr'),
      replica: replicaOf({ spec: { targets: [{ name: 'dr' }, { name: 'far' }] } }),
    },
    'make',
  ],
  ['a copy of what is not whole', { claim: copy() }, 'wait', 'NoTargetInSync', /dr is not there yet/],
  [
    'a copy of what lags',
    {
      claim: copy(),
      replica: replicaOf({ rows: [{ target: 'dr', state: 'Online', inSync: false, lastFullPassTime: 't' }] }),
    },
    'wait',
    'NoTargetInSync',
    /dr is Online/,
  ],
  [
    'a copy of what is in sync',
    { claim: copy(), replica: replicaOf({ rows: [{ target: 'dr', state: 'Online', inSync: true }] }) },
    'make',
  ],
  [
    'a copy of what nobody writes any more',
    {
      claim: copy(),
      replica: replicaOf({ rows: [{ target: 'dr', state: 'Idle', inSync: false, lastFullPassTime: 't' }] }),
    },
    'make',
  ],
  [
    'Elevated, where that is not allowed',
    { replica: replicaOf({ spec: { source: { access: 'Elevated' } } }) },
    'wait',
    'ElevatedNotAllowed',
  ],
  ['no class', { bindingMode: undefined }, 'wait', 'StorageClassNotFound', /fast doesn't exist/],
  ['no pod wants it yet', { bindingMode: 'WaitForFirstConsumer' }, 'wait'],
  [
    'its pod has a node',
    {
      bindingMode: 'WaitForFirstConsumer',
      claim: claimOf({ annotations: { 'volume.kubernetes.io/selected-node': 'n1' } }),
    },
    'make',
  ],
  ['a pod and no claim: it was cut off', { pod: running }, 'make'],
  ['a claim and no pod: it was cut off', { prime: primeOf() }, 'make'],
  [
    'a snapshot',
    { claim: annotated('from-snapshot', 's'), volumes: volumesOf({ web: [] }) },
    'make',
    'Filling',
    /from the snapshot s$/,
  ],
  [
    'a snapshot whose pod is gone begins with a new copy of it',
    { claim: annotated('from-snapshot', 's'), prime: primeOf() },
    'clear',
  ],
  ['at work', { prime: primeOf(), pod: running }, 'wait'],
  [
    'it fails and is tried again',
    { prime: primeOf(), pod: crashed },
    'wait',
    'FillFailed',
    /^dr: no route; it is tried/,
  ],
  [
    'its image can’t be pulled',
    {
      prime: primeOf(),
      pod: fillerOf({ containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull', message: 'no such' } } }] }),
    },
    'wait',
    'FillFailed',
    /^ErrImagePull: no such/,
  ],
  [
    'evicted',
    { prime: primeOf(), pod: fillerOf({ phase: 'Failed', message: 'low on memory' }) },
    'clear',
    'FillFailed',
    /low on memory/,
  ],
  [
    'ended without a word is not filled',
    { prime: primeOf(), pod: fillerOf({ phase: 'Succeeded' }) },
    'clear',
    'FillFailed',
  ],
  [
    'filled: first it is written down',
    { prime: primeOf(), pod: ended('Succeeded', filled), volume: volumeOf('p1') },
    'mark',
  ],
  [
    'filled, also when its SyncReplica has gone since',
    { prime: primeOf(), pod: ended('Succeeded', filled), volume: volumeOf('p1'), claim: marked, replica: undefined },
    'bind',
    'Filled',
    /from dr, which holds all that happened until 2023-11-14T/,
  ],
  [
    'nothing was there',
    { prime: primeOf(), pod: ended('Succeeded', { outcome: 'empty' }), volume: volumeOf('p1'), claim: marked },
    'bind',
    'Filled',
    /begins empty/,
  ],
  [
    'given, and nobody has seen it',
    { prime: primeOf(), pod: ended('Succeeded', filled), volume: volumeOf('u1'), claim: marked },
    'wait',
  ],
  [
    'the volume is another’s',
    { prime: primeOf(), pod: ended('Succeeded', filled), volume: volumeOf('x'), claim: marked },
    'wait',
    'FillFailed',
  ],
  ['bound, and the binder has not seen all', { claim: boundTo(marked), prime: primeOf() }, 'wait'],
  [
    'bound, and the other claim is lost',
    { claim: boundTo(marked), prime: primeOf({ status: { phase: 'Lost' } }), pod: ended('Succeeded', filled) },
    'clear',
  ],
  ['filled, and what was filled is gone', { pod: ended('Succeeded', filled) }, 'clear'],
  ['all is done', { claim: boundTo(marked) }, 'done'],
  [
    'somebody made a volume without asking',
    { claim: boundTo(claimOf()) },
    'done',
    'NotFilled',
    /does not heed dataSourceRef/,
  ],
  [
    'somebody made one while it was filled',
    { claim: boundTo(claimOf(), 'pv-2'), prime: primeOf(), pod: running },
    'clear',
  ],
  [
    'a pod of that name is somebody’s',
    { pod: { ...running, metadata: { ...madeFor, ownerReferences: [] } } as never },
    'wait',
    'NameTaken',
    /^fill-u1 /,
  ],
];

for (const [what, over, kind, reason, note] of rows)
  test(`a claim that asks for a replica: ${what}`, () => {
    const step = decidePopulation(worldOf(over));
    assert.deepEqual([step.kind, step.told?.reason], [kind, reason ?? (kind === 'make' ? 'Filling' : undefined)]);
    if (note) assert.match(step.told?.note ?? '', note);
  });

test('only the targets that are whole are copied from, and a restore asks all', () => {
  const spec = { targets: [{ name: 'dr' }, { name: 'far' }] };
  const rowsOf = [
    { target: 'dr', state: 'Online', inSync: true },
    { target: 'far', state: 'Offline', inSync: false },
  ];
  const both = { replica: replicaOf({ spec, rows: rowsOf }), volumes: volumesOf({ web: ['dr', 'far'] }) };
  const targetsOf = (over: Partial<ObservedClaim>) => {
    const step = decidePopulation(worldOf(over));
    return step.kind === 'make' ? step.source.targets : step;
  };
  assert.deepEqual(targetsOf(both), ['dr', 'far']);
  assert.deepEqual(targetsOf({ ...both, claim: copy() }), ['dr']);
});
