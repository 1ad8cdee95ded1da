import { series } from './make-panel.ts';
import type { BoardRow } from './panel.ts';

/** How the operator is, and what the programs take. */
export const operatorRow: BoardRow = {
  title: 'The operator itself',
  panels: [
    series(
      'Looks at SyncReplicas',
      'cps',
      'By what came of them.',
      [{ expr: 'sum by (result) (rate(syncreplica_reconcile_total[$__rate_interval]))', legend: '{{result}}' }],
      8,
    ),
    series(
      'How long a look takes',
      's',
      '99th percentile, and how long a key waited before it.',
      [
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(syncreplica_reconcile_duration_seconds_bucket[$__rate_interval])))',
          legend: 'work',
        },
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(workqueue_queue_duration_seconds_bucket{name="syncreplica"}[$__rate_interval])))',
          legend: 'wait',
        },
      ],
      8,
    ),
    series(
      'Queue',
      'short',
      'Keys that wait, and how long the longest look has been going on.',
      [
        { expr: 'max(workqueue_depth{name="syncreplica"})', legend: 'waiting' },
        {
          expr: 'max(workqueue_longest_running_processor_seconds{name="syncreplica"})',
          legend: 'seconds of the longest',
        },
      ],
      8,
    ),
    series(
      'Webhook',
      'cps',
      'Pods that were judged, by what became of them.',
      [
        {
          expr: 'sum by (result) (rate(syncreplica_webhook_requests_total[$__rate_interval]))',
          legend: '{{result}}',
        },
      ],
      8,
    ),
    series(
      'Memory',
      'bytes',
      'Of each program of SyncReplica.',
      [
        {
          expr: 'sum by (program, instance) (process_resident_memory_bytes * on (instance) group_left (program) syncreplica_build_info)',
          legend: '{{program}} {{instance}}',
        },
      ],
      8,
    ),
    series(
      'Certificates',
      's',
      'How long each is good; they are renewed when a third of their life is over.',
      [
        {
          expr: 'min by (certificate) (syncreplica_certificate_expiry_timestamp_seconds) - time()',
          legend: '{{certificate}}',
        },
      ],
      8,
    ),
  ],
};
