import { annotations } from '../../api/names.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { agrees } from './confirm.ts';
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
    const asking = {
      what: 'put back deletions',
      question: 'Put it back on the target? [y/N] ',
      otherwise: 'nothing was put back',
    };
    if (!(await agrees(call, asking))) return;
    await annotate(cluster, name, { [annotations.undelete]: id });
    console.log(
      `${name}: ${id} is put back on the target and held there; copy to the source what it should have again`,
    );
  });
