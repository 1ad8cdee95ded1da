import type { ReplicationSettings } from './replication-settings.ts';

/** What an operator that doesn't say it means: one of an earlier version did not know it. */
export const settingsDefaults = {
  filter: { exclude: [], include: [] },
  events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'],
  sync: {
    minIntervalMs: 0,
    maxDelayMs: 1_000,
    workers: 4,
    delete: 'Mirror',
    deleteGuard: { maxPercent: 50, minFiles: 100 },
    compression: 'None',
    preserve: {
      owners: false,
      permissions: true,
      times: true,
      hardLinks: true,
      xattrs: true,
      acls: false,
      sparse: true,
      devices: false,
    },
    fullPass: { schedule: '@hourly', jitterMs: 600_000 },
  },
  retry: { initialMs: 1_000, maxMs: 300_000 },
  verify: { metadata: 'Continuous', mode: 'Checksum', repair: true, readLimit: 104_857_600 },
  maxLagMs: 10_000,
  restore: 'Never',
  paused: false,
} satisfies Omit<ReplicationSettings, 'generation' | 'source' | 'targets'>;

export const fillDefaults = (given: unknown): unknown => withDefaults(settingsDefaults, given);

/** Of objects every field for itself; anything else is taken as it is. */
const withDefaults = (defaults: unknown, given: unknown): unknown => {
  if (given === undefined) return defaults;
  if (!isRecord(defaults) || !isRecord(given)) return given;
  const keys = new Set([...Object.keys(defaults), ...Object.keys(given)]);
  return Object.fromEntries([...keys].map((key) => [key, withDefaults(defaults[key], given[key])]));
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
