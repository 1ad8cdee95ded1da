import type { Clock } from '../process/clock.ts';
import type { MetricsRegistry } from '../process/metrics/metrics-registry.ts';
import type { QueueMetrics } from './queue.ts';

/** The `workqueue_*` series of client-go, by queue name. */
export const createQueueMetrics = (registry: MetricsRegistry, clock: Clock): ((name: string) => QueueMetrics) => {
  const open = new Map<string, () => Iterable<number>>();
  const labelNames = ['name'];
  const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];
  const depth = registry.gauge({ name: 'workqueue_depth', help: 'Keys that wait.', labelNames });
  const adds = registry.counter({ name: 'workqueue_adds_total', help: 'Keys added.', labelNames });
  const retries = registry.counter({
    name: 'workqueue_retries_total',
    help: 'Keys added again by back-off.',
    labelNames,
  });
  const waited = registry.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waited in the queue, in seconds.',
    labelNames,
    buckets,
  });
  const worked = registry.histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long a key was worked on, in seconds.',
    labelNames,
    buckets,
  });
  const readOpen = (metric: string, help: string, read: (seconds: readonly number[]) => number): void => {
    registry.gauge({
      name: metric,
      help,
      labelNames,
      collect() {
        const now = clock.monotonic();
        for (const [name, since] of open) this.set({ name }, read([...since()].map((at) => (now - at) / 1000)));
      },
    });
  };
  readOpen('workqueue_unfinished_work_seconds', 'Time spent on keys that are not done, in seconds.', (seconds) =>
    seconds.reduce((sum, one) => sum + one, 0),
  );
  readOpen(
    'workqueue_longest_running_processor_seconds',
    'Time spent on the key that takes longest and is not done, in seconds.',
    (seconds) => seconds.reduce((most, one) => Math.max(most, one), 0),
  );
  return (name) => {
    waited.zero({ name });
    worked.zero({ name });
    depth.set({ name }, 0);
    adds.inc({ name }, 0);
    retries.inc({ name }, 0);
    return {
      depth: (length) => depth.set({ name }, length),
      added: () => adds.inc({ name }),
      retried: () => retries.inc({ name }),
      waited: (seconds) => waited.observe({ name }, seconds),
      worked: (seconds) => worked.observe({ name }, seconds),
      unfinished: (since) => void open.set(name, since),
    };
  };
};
