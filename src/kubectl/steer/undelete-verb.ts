import { annotations } from '../../api/names.ts';
import { syncReplicas } from '../../cluster/resources.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { oneNamespace, withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { confirm } from './confirm.ts';
import { heldId } from './release-deletes-verb.ts';

/** Shows what a target keeps of deletions, asks, and has exactly that put back: it is held there until a person says what becomes of it. */
export const runUndelete: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const replica = await fetchReplica(cluster, name);
    const kept = replica.status?.conditions?.find(
      ({ type, reason }) => type === 'DeletesHeld' && reason === 'DeletesKept',
    );
    const id = heldId(kept?.message ?? '');
    if (kept === undefined || id === undefined) {
      console.log(`${name} keeps no deletions that could be put back`);
      return;
    }
    console.log(kept.message.replace(/; to put it back there: .*$/, ''));
    if (!call.options.yes && !(await confirm('put back deletions', 'Put it back on the target? [y/N] '))) {
      console.log('nothing was put back');
      process.exitCode = 1;
      return;
    }
    await cluster.client.patch(
      syncReplicas,
      { namespace: oneNamespace(cluster), name },
      { metadata: { annotations: { [annotations.undelete]: id } } },
    );
    console.log(
      `${name}: ${id} is put back on the target and held there; copy to the source what it should have again`,
    );
  });
