import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { settingsDefaults } from '../../../src/api/settings/settings-defaults.ts';
import type { WorldPlan } from './world-plan.ts';

const { sync, verify, ...defaults } = settingsDefaults;

const smallMasses = { maxPercent: 10, minFiles: 2, keepMs: 40_000 };

export const maxLagMs = defaults.maxLagMs;

/** The defaults, of attributes what the models have; no full pass by itself, and nobody waits for long. */
export function settingsOf({ targets, filter, verifies, keepsMasses = false }: WorldPlan): ReplicationSettings {
  return {
    ...defaults,
    generation: 1,
    source: '/source',
    lineage: 'source',
    filter: { ...defaults.filter, ...filter },
    targets: targets.map(({ kind, filter: own }, index): TargetSettings => {
      const name = `target-${index}`;
      const common = { name, host: name, port: 1, ...(own === undefined ? {} : { filter: own }) };
      return kind === 'receiver'
        ? { ...common, kind, volume: 'volume', username: 'agent', password: '', tls: { ca: '', cert: '', key: '' } }
        : { ...common, kind, module: 'volume' };
    }),
    sync: {
      ...sync,
      preserve: { ...sync.preserve, sparse: false },
      deleteGuard: keepsMasses ? smallMasses : sync.deleteGuard,
      fullPass: { schedule: '@yearly', jitterMs: 0 },
    },
    verify: { ...verify, metadata: verifies ? 'Continuous' : 'Never' },
    retry: { initialMs: 100, maxMs: 2_000 },
  };
}
