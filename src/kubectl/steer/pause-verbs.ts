import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { syncReplicas } from '../../cluster/resources.ts';
import { Failure } from '../../process/failure.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { oneNamespace, withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';

/** The patch that pauses all, or one target: a list is replaced as a whole, so nobody may have changed it since. */
export const pausePatch = ({ metadata, spec }: SyncReplica, paused: boolean, target: string | undefined): object => {
  if (target === undefined) return { spec: { paused } };
  const targets = spec.targets.map((one) => (one.name === target ? { ...one, paused } : one));
  return { metadata: { resourceVersion: metadata.resourceVersion }, spec: { targets } };
};

const isPaused = ({ metadata, spec }: SyncReplica, target: string | undefined): boolean => {
  if (target === undefined) return spec.paused ?? false;
  const found = spec.targets.find(({ name }) => name === target);
  if (found) return found.paused ?? false;
  throw new Failure('NoSuchTarget', `pause or resume ${target}: ${metadata.name} has no such target`, {
    hint: `its targets are ${spec.targets.map(({ name }) => name).join(', ')}`,
  });
};

const setPaused =
  (paused: boolean): RunVerb =>
  (call) =>
    withCluster(call.options, async (cluster) => {
      const name = nameOf(call);
      const target = call.options.target as string | undefined;
      const what = target === undefined ? name : `${name} to ${target}`;
      const again = `kubectl syncreplica resume ${name}${target === undefined ? '' : ` --target ${target}`}`;
      const replica = await fetchReplica(cluster, name);
      if (isPaused(replica, target) === paused) {
        console.log(`${what} was ${paused ? 'paused' : 'running'} already`);
        return;
      }
      await cluster.client.patch(
        syncReplicas,
        { namespace: oneNamespace(cluster), name },
        pausePatch(replica, paused, target),
      );
      if (paused) console.log(`${what} is paused: changes are kept and sent after ${again}`);
      else if (target !== undefined && replica.spec.paused)
        console.log(`${what} goes on once all of it does: kubectl syncreplica resume ${name}`);
      else console.log(`${what} goes on`);
    });

export const runPause = setPaused(true);
export const runResume = setPaused(false);
