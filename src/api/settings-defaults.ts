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
};
