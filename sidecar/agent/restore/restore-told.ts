import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import type { FailureReason, ReplicaError } from '../../protocol/agent-status.ts';
import { noteRestoredFrom } from '../link/notes/restored-from.ts';
import { type RestoreOptions, type RestoreStanding, restore } from './restore.ts';

/** Restores, notes from where, and keeps for the status how far that is, by target. */
export async function restoreTold(
  options: Pick<RestoreOptions, 'rsync' | 'logger'> & { readonly stateDir: string },
  settings: () => ReplicationSettings,
  signal: AbortSignal,
  standings: Map<string, RestoreStanding>,
  failures: { inc(labels: { target: string; reason: FailureReason }): void },
): Promise<void> {
  const { stateDir, rsync, logger } = options;
  const onError = (target: string, error: ReplicaError): void => {
    standings.set(target, { lastError: error });
    failures.inc({ target, reason: error.reason });
  };
  const onProgress: RestoreOptions['onProgress'] = (target, progress) => standings.set(target, { progress });
  const onRestored: RestoreOptions['onRestored'] = ({ from }) => noteRestoredFrom(stateDir, from);
  await restore({ settings, rsync, stateDir, logger, signal, onError, onProgress, onRestored });
}
