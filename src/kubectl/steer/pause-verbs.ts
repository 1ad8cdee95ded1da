import { syncReplicas } from '../../cluster/resources.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { oneNamespace, withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';

const setPaused =
  (paused: boolean): RunVerb =>
  (call) =>
    withCluster(call.options, async (cluster) => {
      const name = nameOf(call);
      const { spec } = await fetchReplica(cluster, name);
      if ((spec.paused ?? false) === paused) {
        console.log(`${name} was ${paused ? 'paused' : 'running'} already`);
        return;
      }
      await cluster.client.patch(syncReplicas, { namespace: oneNamespace(cluster), name }, { spec: { paused } });
      console.log(
        paused
          ? `${name} is paused: changes are kept and sent after kubectl syncreplica resume ${name}`
          : `${name} goes on`,
      );
    });

export const runPause = setPaused(true);
export const runResume = setPaused(false);
