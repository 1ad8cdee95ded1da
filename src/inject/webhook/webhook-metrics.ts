import type { Counter, Histogram, MetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import { reviewResults } from '../admission.ts';

export interface WebhookMetrics {
  readonly requests: Counter<'result'>;
  readonly duration: Histogram;
  readonly lookups: Histogram<'from'>;
}

/** The series of the webhook, each result from the start. */
export const createWebhookMetrics = (registry: MetricsRegistry): WebhookMetrics => {
  const requests = registry.counter({
    name: 'syncreplica_webhook_requests_total',
    help: 'Pods that were reviewed, by what became of them.',
    labelNames: ['result'],
  });
  for (const result of reviewResults) requests.inc({ result }, 0);
  const duration = registry.histogram({
    name: 'syncreplica_webhook_duration_seconds',
    help: 'Time of its own that a review took, from its last byte read to its answer, without the lookup.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
  });
  const lookups = registry.histogram({
    name: 'syncreplica_webhook_lookup_duration_seconds',
    help: 'Time to learn which SyncReplicas there are, from the apiserver, or from the cache when that did not answer in time.',
    labelNames: ['from'],
    buckets: [0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
  });
  for (const from of ['apiserver', 'cache']) lookups.zero({ from });
  return { requests, duration, lookups };
};
