import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { toReplicationSettings } from '../../api/settings/to-replication-settings.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { localHooks } from '../parse/local-hooks.ts';
import { type ReplicaOptions, replicaFromOptions } from '../parse/replica-from-options.ts';
import { connectTarget } from './connect-target.ts';

/** What flags, environment and file say to an agent, with every credential read. @throws UsageFailure */
export const settingsFromFlags = async (options: ReplicaOptions): Promise<ReplicationSettings> => {
  const replica = await replicaFromOptions(options, process.cwd());
  const targets = replica.targets.map((target) => {
    if (target.kind !== 'directory') return { ...connectTarget(target), ...target.overrides };
    throw new UsageFailure(
      `${target.directory} is a directory, and an agent sends to receivers and rsync daemons; write srep://HOST:PORT/VOLUME`,
      { hint: 'for directories of this machine: syncreplica local' },
    );
  });
  return toReplicationSettings(replica.behaviour, {
    generation: 0,
    mount: replica.source,
    targets,
    hooks: localHooks(replica.hooks),
    releaseDeletes: options.releaseDeletes,
  });
};
