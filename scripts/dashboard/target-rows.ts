import { byReplica, chosen, where } from './chosen.ts';
import { series } from './make-panel.ts';
import type { BoardRow } from './panel.ts';

/** How the copies are. */
export const targetRows: readonly BoardRow[] = [
  {
    title: 'Verification',
    panels: [
      series(
        'Differences',
        'short',
        'Entries of targets that a verification found to differ and that are not mended.',
        [{ expr: `max by (${byReplica}) (syncreplica_replica_divergent_files{${chosen}})`, legend: where }],
        8,
      ),
      series(
        'Mended and sent again',
        'short',
        'Entries that a verification found to differ and mended, and those that work had left different and that were sent again.',
        [
          {
            expr: `sum by (${byReplica}) (increase(syncreplica_verify_repaired_total{${chosen}}[$__rate_interval]))`,
            legend: `mended, ${where}`,
          },
          {
            expr: `sum by (${byReplica}) (increase(syncreplica_verify_rests_total{${chosen}}[$__rate_interval]))`,
            legend: `sent again, ${where}`,
          },
        ],
        8,
      ),
      series(
        'Since all was compared',
        's',
        'Time since a verification of everything ended; a target that was never verified is not shown.',
        [
          {
            expr: `time() - max by (${byReplica}) (syncreplica_last_verified_timestamp_seconds{${chosen}} > 0)`,
            legend: where,
          },
        ],
        8,
      ),
    ],
  },
  {
    title: 'Targets',
    panels: [
      series('Room', 'percentunit', 'Free part of each target’s volume.', [
        {
          expr: `min by (${byReplica}) (syncreplica_receiver_volume_free_bytes{${chosen}} / syncreplica_receiver_volume_size_bytes{${chosen}})`,
          legend: where,
        },
      ]),
      series('Connections', 'short', 'Open at receivers, and refused by reason.', [
        { expr: `sum by (protocol) (syncreplica_receiver_connections{${chosen}})`, legend: '{{protocol}}' },
        {
          expr: `sum by (reason) (increase(syncreplica_receiver_refused_total{${chosen}}[$__rate_interval]))`,
          legend: 'refused: {{reason}}',
        },
      ]),
    ],
  },
  {
    title: 'History',
    panels: [
      series('What it takes', 'bytes', 'Of each target’s volume, for what was replaced and deleted.', [
        {
          expr: `sum by (${byReplica}) (syncreplica_receiver_history_bytes{${chosen}})`,
          legend: where,
        },
      ]),
      series('How far back', 's', 'To the earliest moment that each target can be taken back to.', [
        {
          expr: `time() - (syncreplica_receiver_history_oldest_timestamp_seconds{${chosen}} > 0)`,
          legend: where,
        },
      ]),
    ],
  },
];
