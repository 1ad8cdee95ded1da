import type { Counter, MetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';

export interface HookMetrics {
  readonly calls: Counter<'hook' | 'target' | 'outcome'>;
  readonly dropped: Counter<'hook' | 'target'>;
}

/** `waiting` is asked at every scrape. */
export const createHookMetrics = (
  registry: MetricsRegistry,
  waiting: () => readonly { readonly hook: string; readonly target: string; readonly size: number }[],
): HookMetrics => {
  registry.gauge({
    name: 'syncreplica_hook_waiting_events',
    help: 'Changes that a hook is still to be told of.',
    labelNames: ['hook', 'target'],
    collect() {
      this.reset();
      for (const { hook, target, size } of waiting()) this.set({ hook, target }, size);
    },
  });
  return {
    calls: registry.counter({
      name: 'syncreplica_hook_calls_total',
      help: 'Calls of a hook: done, to be made again, or given up because it refused them five times.',
      labelNames: ['hook', 'target', 'outcome'],
    }),
    dropped: registry.counter({
      name: 'syncreplica_hook_dropped_events_total',
      help: 'Changes that a hook is not told of, because 10000 waited.',
      labelNames: ['hook', 'target'],
    }),
  };
};
