import type { Clock } from '../../process/clock.ts';
import type { MetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import { type WrittenGauge, writeGauges } from '../../process/metrics/written-gauges.ts';
import type { ReconcileOutcome } from '../../runtime/loop.ts';
import { replicaStates, transitionsInto } from '../replica-state.ts';
import type { ReplicaRow, ReplicaTransition } from '../states/replica-rows.ts';
import { createReplicaFigures, type ShownRow } from './replica-figures.ts';

/** What is shown of one SyncReplica. */
export interface ShownReplica {
  readonly namespace: string;
  readonly name: string;
  readonly rows: readonly ReplicaRow[];
  readonly missingSidecars: number;
}

export interface ReplicationMetrics {
  /** Replaces what was shown of it before. */
  show(replica: ShownReplica): void;
  /** Its series go with the object. */
  forget(namespace: string, name: string): void;
  moved(transitions: readonly ReplicaTransition[]): void;
  refused(transitions: readonly ReplicaTransition[]): void;
  reconciled(outcome: ReconcileOutcome, seconds: number): void;
  leading(isLeader: boolean): void;
  watchFailed(resource: string, what: 'list' | 'watch' | 'handler'): void;
}

/** A series for the state in which a replica is, and none for the others. */
const stateGauge: WrittenGauge<ShownRow> = {
  name: 'syncreplica_replica_state',
  help: `State of each replica, 1 for the one it is in, without the others: ${replicaStates.join(', ')}.`,
  by: 'state',
  read: ({ row }) => ({ [row.state]: 1 }),
};

const objectGauges: readonly WrittenGauge<ShownReplica>[] = [
  {
    name: 'syncreplica_in_sync_replicas',
    help: 'Replicas that are online and within maxLag.',
    read: ({ rows }) => rows.filter(({ inSync }) => inSync).length,
  },
  {
    name: 'syncreplica_expected_replicas',
    help: 'Replicas that the spec asks for, one for each volume and target.',
    read: ({ rows }) => rows.filter(({ view }) => view).length,
  },
  {
    name: 'syncreplica_pods_missing_sidecar',
    help: 'Running pods of the source that have no agent.',
    read: ({ missingSidecars }) => missingSidecars,
  },
];

/** The operator's own series; those about replicas are put together at scrape, so that none outlives its object. */
export const createReplicationMetrics = (registry: MetricsRegistry, clock: Clock): ReplicationMetrics => {
  const shown = new Map<string, ShownReplica>();
  const figures = createReplicaFigures(clock);
  registry.write(() =>
    writeGauges(rowsOf(shown), (one) => ({ ...objectLabels(one), volume: one.row.volume, target: one.row.target }), [
      ...figures.gauges,
      stateGauge,
    ]),
  );
  registry.write(() => writeGauges(shown.values(), objectLabels, objectGauges));
  const transitions = registry.counter({
    name: 'syncreplica_state_transitions_total',
    help: 'Changes of replica state.',
    labelNames: ['from', 'to'],
  });
  for (const to of replicaStates)
    for (const from of transitionsInto[to]) if (from !== to) transitions.inc({ from, to }, 0);
  const refusals = registry.counter({
    name: 'syncreplica_state_transitions_refused_total',
    help: 'Changes of state that the table does not allow; any is a bug.',
  });
  const reconciles = registry.counter({
    name: 'syncreplica_reconcile_total',
    help: 'Looks at a SyncReplica, by what came of them.',
    labelNames: ['result'],
  });
  for (const result of ['success', 'requeue', 'conflict', 'error', 'terminal']) reconciles.inc({ result }, 0);
  const duration = registry.histogram({
    name: 'syncreplica_reconcile_duration_seconds',
    help: 'How long a look at a SyncReplica took, in seconds.',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
  });
  const leader = registry.gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labelNames: ['name'],
  });
  leader.set({ name: 'syncreplica-operator' }, 0);
  const watchFailures = registry.counter({
    name: 'syncreplica_watch_failures_total',
    help: 'Lists and watches that failed and were taken up again.',
    labelNames: ['resource', 'operation'],
  });
  return {
    show(replica) {
      const key = `${replica.namespace}/${replica.name}`;
      figures.keep(key, replica.rows);
      shown.set(key, replica);
    },
    forget(namespace, name) {
      figures.forget(`${namespace}/${name}`);
      shown.delete(`${namespace}/${name}`);
    },
    moved: (steps) => {
      for (const { from, to } of steps) transitions.inc({ from, to });
    },
    refused: (steps) => refusals.inc(steps.length),
    reconciled: (outcome, seconds) => {
      reconciles.inc({ result: outcome });
      duration.observe(seconds);
    },
    leading: (isLeader) => leader.set({ name: 'syncreplica-operator' }, isLeader ? 1 : 0),
    watchFailed: (resource, operation) => watchFailures.inc({ resource, operation }),
  };
};

const objectLabels = ({ namespace, name }: Pick<ShownReplica, 'namespace' | 'name'>) => ({
  replica_namespace: namespace,
  replica: name,
});

const rowsOf = function* (shown: ReadonlyMap<string, ShownReplica>): Generator<ShownRow> {
  for (const [object, { namespace, name, rows }] of shown)
    for (const row of rows) yield { object, namespace, name, row };
};
