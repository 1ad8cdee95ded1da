import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';

/** What counts for one target: its own settings in place of those for all. */
export const settingsForTarget = (
  settings: ReplicationSettings,
  { paused, filter, maxLagMs, sync }: TargetSettings,
): ReplicationSettings => ({
  ...settings,
  paused: settings.paused || paused === true,
  filter: filter ?? settings.filter,
  maxLagMs: maxLagMs ?? settings.maxLagMs,
  sync: { ...settings.sync, ...sync, fullPass: { ...settings.sync.fullPass, ...sync?.fullPass } },
});
