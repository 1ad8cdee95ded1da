import type { ReplicationSettings } from '../../src/api/settings/replication-settings.ts';
import type { Logger } from '../../src/process/log/logger.ts';
import type { MetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import type { OutlinePace } from './outline/outline-keeper.ts';

/** What an agent is made with. */
export interface AgentOptions {
  readonly settings: ReplicationSettings;
  readonly version: string;
  /** Stable for the life of the pod or of the machine's directory: a restarted agent gets its lease back at once. */
  readonly holder: string;
  readonly stateDir: string;
  readonly takeOver: boolean;
  readonly stallMs: number;
  readonly rsync: string;
  /** How often the source is written down for a restart; absent: as the keeper says. */
  readonly outlinePace?: OutlinePace | undefined;
  readonly registry: MetricsRegistry;
  readonly logger: Logger;
}
