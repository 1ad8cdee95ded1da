import { byReplica, chosen, rate, where } from './chosen.ts';
import { series, stat } from './make-panel.ts';
import { operatorRow } from './operator-row.ts';
import type { BoardRow } from './panel.ts';
import { targetRows } from './target-rows.ts';

const state = (name: string, figure: number): string =>
  `${figure} * (sum by (${byReplica}) (syncreplica_replica_state{${chosen},state="${name}"}) == 1)`;

/** Figures that the state timeline shows as words. */
export const stateWords = { 1: 'New', 2: 'Online', 3: 'Offline', 4: 'Idle', 5: 'Promoted' } as const;

/** The whole board: what a person on call asks, in the order in which it is asked. */
export const board: readonly BoardRow[] = [
  {
    title: 'Now',
    panels: [
      stat(
        'Worst lag',
        's',
        'Age of the oldest change that is not on its target. It goes on growing when the agent is gone.',
        `max(syncreplica_replica_lag_seconds{${chosen}})`,
        [10, 60],
      ),
      stat(
        'Replicas in sync',
        'short',
        'Online and within their maxLag.',
        `sum(syncreplica_in_sync_replicas{${chosen}})`,
      ),
      stat(
        'Replicas not in sync',
        'short',
        'Of all that are asked for. A replica that nobody writes to is among them.',
        `sum(syncreplica_expected_replicas{${chosen}}) - sum(syncreplica_in_sync_replicas{${chosen}})`,
        [1, 2],
      ),
      stat(
        'Runs that failed',
        'short',
        'In the last 15 minutes, of all targets.',
        `sum(increase(syncreplica_syncs_total{${chosen},result="failure"}[15m]))`,
        [1, 10],
      ),
      stat(
        'Sent now',
        'Bps',
        'Bytes on the way to all targets, before encryption.',
        `sum(${rate('syncreplica_wire_bytes_total', ',direction="sent"')})`,
      ),
      stat(
        'Entries that differ',
        'short',
        'Found by verifications, and not mended.',
        `sum(syncreplica_replica_divergent_files{${chosen}})`,
        [1, 100],
      ),
      {
        title: 'Replicas',
        kind: 'table',
        unit: 'short',
        description: 'Every replica, the furthest behind first.',
        width: 24,
        height: 8,
        queries: [
          {
            expr: `sort_desc(max by (${byReplica}) (syncreplica_replica_lag_seconds{${chosen}}))`,
            legend: 'Lag',
            instant: true,
          },
          {
            expr: `max by (${byReplica}) (syncreplica_replica_pending_changes{${chosen}})`,
            legend: 'Pending',
            instant: true,
          },
          { expr: `max by (${byReplica}) (syncreplica_replica_in_sync{${chosen}})`, legend: 'In sync', instant: true },
          {
            expr: `time() - max by (${byReplica}) (syncreplica_replica_last_success_timestamp_seconds{${chosen}} > 0)`,
            legend: 'Since last success',
            instant: true,
          },
        ],
      },
    ],
  },
  {
    title: 'How far behind',
    panels: [
      series('Lag', 's', 'Age of the oldest change that is not on the target, by the operator.', [
        { expr: `max by (${byReplica}) (syncreplica_replica_lag_seconds{${chosen}})`, legend: where },
      ]),
      {
        title: 'From a change to the target',
        kind: 'heatmap',
        unit: 's',
        description: 'How long each change took from being seen to the target’s acknowledgement.',
        width: 12,
        height: 8,
        queries: [
          {
            expr: `sum by (le) (increase(syncreplica_change_visible_seconds_bucket{${chosen}}[$__rate_interval]))`,
            legend: '{{le}}',
          },
        ],
      },
      series('Pending changes', 'short', 'Changes that are not on the target yet.', [
        { expr: `max by (${byReplica}) (syncreplica_replica_pending_changes{${chosen}})`, legend: where },
      ]),
      {
        title: 'States',
        kind: 'states',
        unit: 'short',
        description: 'The state of each replica. Deletion of a replica is not shown.',
        width: 12,
        height: 8,
        queries: [
          {
            expr: Object.entries(stateWords)
              .map(([figure, word]) => state(word, Number(figure)))
              .join(' or '),
            legend: where,
          },
        ],
      },
    ],
  },
  {
    title: 'What moves',
    panels: [
      series('Bytes', 'Bps', 'Content that was sent, content that was there already, and what went over the wire.', [
        { expr: `sum by (kind) (${rate('syncreplica_transferred_bytes_total')})`, legend: 'content, {{kind}}' },
        { expr: `sum by (direction) (${rate('syncreplica_wire_bytes_total')})`, legend: 'wire, {{direction}}' },
      ]),
      series(
        'Entries',
        'cps',
        'Files and directories made, changed and deleted on targets, and renames by how they were made.',
        [
          { expr: `sum by (operation) (${rate('syncreplica_transferred_files_total')})`, legend: '{{operation}}' },
          { expr: `sum by (how) (${rate('syncreplica_renames_total')})`, legend: 'rename by {{how}}' },
        ],
      ),
      series('Failures', 'cps', 'By reason; the runbooks say what to do about each.', [
        { expr: `sum by (reason) (${rate('syncreplica_sync_failures_total')})`, legend: '{{reason}}' },
      ]),
      series('Deletions held', 'short', 'Deletions that wait for a person’s word.', [
        { expr: `max by (${byReplica}) (syncreplica_replica_deletes_held{${chosen}})`, legend: where },
      ]),
    ],
  },
  {
    title: 'Watching',
    panels: [
      series('Events', 'cps', 'What the kernel tells of the sources, by kind.', [
        { expr: `sum by (kind) (${rate('syncreplica_events_total')})`, legend: '{{kind}}' },
      ]),
      series('Watches used', 'percentunit', 'Directories that are watched, of those that the node allows.', [
        {
          expr: `max by (replica_namespace, replica, volume) (syncreplica_watched_directories{${chosen}} / (syncreplica_watch_limit{${chosen}} > 0))`,
          legend: '{{replica_namespace}}/{{replica}} {{volume}}',
        },
      ]),
      series('Comparisons', 'cps', 'Of a subtree or of all, by why.', [
        { expr: `sum by (reason) (${rate('syncreplica_rescans_total')})`, legend: '{{reason}}' },
      ]),
      series(
        'Unreadable entries and lost events',
        'short',
        'What can’t be read, and how often the kernel dropped events.',
        [
          {
            expr: `max by (replica_namespace, replica, volume) (syncreplica_unreadable_files{${chosen}})`,
            legend: 'unreadable, {{replica}} {{volume}}',
          },
          {
            expr: `sum by (replica_namespace, replica, volume) (increase(syncreplica_watch_overflows_total{${chosen}}[$__rate_interval]))`,
            legend: 'overflows, {{replica}} {{volume}}',
          },
        ],
      ),
    ],
  },
  ...targetRows,
  operatorRow,
];
