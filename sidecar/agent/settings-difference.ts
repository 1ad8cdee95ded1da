import type { ReplicationSettings } from '../../src/api/settings/replication-settings.ts';

/** Whether any of these parts is another in `b`. */
export function differs(
  a: ReplicationSettings,
  b: ReplicationSettings,
  keys: readonly (keyof ReplicationSettings)[],
): boolean {
  return keys.some((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}
