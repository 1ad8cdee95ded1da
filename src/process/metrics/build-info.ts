import type { MetricsRegistry } from './metrics-registry.ts';

/** Says which version of which program exposes the others: to see what runs where after an upgrade. */
export const exposeBuildInfo = (
  registry: MetricsRegistry,
  program: 'operator' | 'agent' | 'receiver',
  version: string,
): void => {
  const info = registry.gauge({
    name: 'syncreplica_build_info',
    help: 'Always 1; the labels say which program of which version this is.',
    labelNames: ['program', 'version'],
  });
  info.set({ program, version }, 1);
};
