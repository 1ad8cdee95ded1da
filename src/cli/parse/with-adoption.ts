import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';

/** `--adopt`: this source counts, whatever the targets hold when it begins. */
export const withAdoption = (settings: ReplicationSettings, adopt: boolean | undefined): ReplicationSettings =>
  adopt === true ? { ...settings, requests: { ...settings.requests, adopt: 'any' } } : settings;
