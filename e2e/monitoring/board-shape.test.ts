import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { replicaStates } from '../../src/replication/replica-state.ts';
import { ofKind, type Rendered, render } from '../chart/render.ts';

const [map] = ofKind(await render('monitoring.dashboard.enabled=true'), 'ConfigMap').filter(
  ({ data }) => data?.['syncreplica.json'] !== undefined,
);
const dashboard: Rendered = JSON.parse(map.data['syncreplica.json']);
const panels: readonly Rendered[] = dashboard.panels.filter(({ type }: Rendered) => type !== 'row');

test('the board of the chart is what can be imported by hand, and Grafana’s sidecar finds it', () => {
  assert.deepEqual(dashboard, JSON.parse(readFileSync('charts/syncreplica/files/dashboard.json', 'utf8')));
  assert.equal(map.metadata.labels.grafana_dashboard, '1');
});

test('every panel has a title, a description, a unit and queries, of the data source that is chosen', () => {
  assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  for (const { title, description, datasource, fieldConfig, targets, gridPos } of panels) {
    assert.ok(title && /^[A-Z0-9].*\.$/.test(description), `${title}: ${description}`);
    assert.ok(fieldConfig.defaults.unit, `${title} has no unit`);
    assert.ok(targets.length > 0, `${title} asks for nothing`);
    for (const one of [{ datasource }, ...targets]) assert.equal(one.datasource.uid, '$datasource', title);
    assert.ok(gridPos.x + gridPos.w <= 24, `${title} is out of the board`);
  }
});

test('data source, namespace and SyncReplica are chosen in the board, and every panel of replicas goes by it', () => {
  assert.deepEqual(
    dashboard.templating.list.map(({ name, type }: Rendered) => [name, type]),
    [
      ['datasource', 'datasource'],
      ['namespace', 'query'],
      ['replica', 'query'],
    ],
  );
  const isOfOperator = (expr: string): boolean =>
    /workqueue_|reconcile|webhook|process_resident|syncreplica_certificate_expiry/.test(expr);
  for (const { title, targets } of panels)
    for (const { expr } of targets)
      assert.ok(isOfOperator(expr) || /\$namespace.*\$replica/.test(expr), `${title}: ${expr}`);
});

/** What a person on call asks the board, and by which kind of panel of which metric it answers. */
const asked: readonly [question: string, type: string, metric: string][] = [
  ['the worst lag', 'stat', 'max(syncreplica_replica_lag_seconds'],
  ['replicas in sync', 'stat', 'sum(syncreplica_in_sync_replicas'],
  ['failures', 'stat', 'syncreplica_syncs_total'],
  ['throughput', 'stat', 'syncreplica_wire_bytes_total'],
  [
    'a table of replicas',
    'table',
    'sort_desc(max by (replica_namespace, replica, volume, target) (syncreplica_replica_lag',
  ],
  ['lag over time', 'timeseries', 'syncreplica_replica_lag_seconds'],
  ['from a change to where it is visible', 'heatmap', 'syncreplica_change_visible_seconds_bucket'],
  ['what is pending', 'timeseries', 'syncreplica_replica_pending_changes'],
  ['bytes of content', 'timeseries', 'syncreplica_transferred_bytes_total'],
  ['bytes on the wire', 'timeseries', 'syncreplica_wire_bytes_total'],
  ['renames', 'timeseries', 'syncreplica_renames_total'],
  ['deletions', 'timeseries', 'sum by (operation) (rate(syncreplica_transferred_files_total'],
  ['deletions that are held', 'timeseries', 'syncreplica_replica_deletes_held'],
  ['watches against their limit', 'timeseries', '/ (syncreplica_watch_limit'],
  ['states over time', 'state-timeline', 'syncreplica_replica_state'],
  ['what verifications found', 'timeseries', 'syncreplica_replica_divergent_files'],
  ['what they mended', 'timeseries', 'syncreplica_verify_repaired_total'],
  ['when all was verified', 'timeseries', 'syncreplica_last_verified_timestamp_seconds'],
  ['what the history takes', 'timeseries', 'syncreplica_receiver_history_bytes'],
  ['how far back one can go', 'timeseries', 'syncreplica_receiver_history_oldest_timestamp_seconds'],
  ['what the operator does', 'timeseries', 'syncreplica_reconcile_total'],
  ['how long it takes', 'timeseries', 'syncreplica_reconcile_duration_seconds_bucket'],
  ['what waits for it', 'timeseries', 'workqueue_depth'],
  ['its webhook', 'timeseries', 'syncreplica_webhook_requests_total'],
  ['its certificates', 'timeseries', 'syncreplica_certificate_expiry_timestamp_seconds'],
];
for (const [question, type, metric] of asked)
  test(`the board answers: ${question}`, () => {
    const found = panels.filter((panel) => panel.targets.some(({ expr }: Rendered) => expr.includes(metric)));
    assert.ok(
      found.some((panel) => panel.type === type),
      `no ${type} asks for ${metric}`,
    );
  });

test('the states over time have a word for each state in which a replica may be for long', () => {
  const { fieldConfig, targets } = panels.find(({ type }) => type === 'state-timeline') ?? assert.fail();
  const words = Object.values(fieldConfig.defaults.mappings[0].options).map((one) => (one as Rendered).text);
  const lasting = replicaStates.filter((state) => !/^(NonExistent|Deletion)/.test(state));
  assert.deepEqual(words.sort(), [...lasting].sort());
  for (const state of lasting) assert.ok(targets[0].expr.includes(`state="${state}"`), state);
});
