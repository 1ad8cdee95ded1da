import { annotations } from '../../api/names.ts';
import { Failure } from '../../process/failure.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { agrees } from './confirm.ts';

/** The id that the condition DeletesHeld shows; undefined where none is held. */
export const heldId = (message: string): string | undefined => /\bwith the id (\S+)/.exec(message)?.[1];

/** Shows what is held and why, asks, and repeats the id: what is held by then under another id stays. */
export const runReleaseDeletes: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const replica = await fetchReplica(cluster, name);
    const held = replica.status?.conditions?.find(({ type, status }) => type === 'DeletesHeld' && status === 'True');
    if (!held) {
      console.log(`${name} holds no deletions`);
      return;
    }
    const id = heldId(held.message);
    if (id === undefined)
      throw new Failure('NotAvailable', `release deletions of ${name}: the status names no id`, {
        hint: 'operator and plugin are of different versions: do what the condition says',
      });
    console.log(held.message.replace(/; to let them go on: .*$/, ''));
    const asking = {
      what: 'release deletions',
      question: 'Delete them on the target? [y/N] ',
      otherwise: 'nothing was released',
    };
    if (!(await agrees(call, asking))) return;
    await annotate(cluster, name, { [annotations.releaseDeletes]: id });
    console.log(`${name}: released ${id}`);
  });
