import { annotations } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { standingsOf } from '../summary.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { agrees } from './confirm.ts';

/** Replicas that refuse this source, and since when they hold what it would replace, as the refusal tells it. */
export const refusedBy = (
  replica: SyncReplica,
): { readonly where: string; readonly message: string; readonly since: string }[] =>
  standingsOf(replica).flatMap(({ volume, row }) => {
    const { reason = '', message = '' } = row.lastError ?? {};
    const since = [...message.matchAll(/since (\d{4}-[\dT:.-]+Z)/g)].at(-1)?.[1];
    return (reason === 'OtherSource' || reason === 'Promoted') && since !== undefined
      ? [{ where: `${volume} on ${row.target}`, message, since }]
      : [];
  });

/** Shows who refuses this source and why, asks, and says that it counts: exactly what is held since then may be replaced. */
export const runAdopt: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const [first, ...others] = refusedBy(await fetchReplica(cluster, name));
    if (!first) {
      console.log(`${name}: no target refuses its source`);
      return;
    }
    console.log(`${first.where}: ${first.message}`);
    for (const { where } of others) console.log(`${where} refuses it too: adopt once more when this is done`);
    const asking = {
      what: `adopt ${first.where}`,
      question: 'Replace what it holds by this source? [y/N] ',
      otherwise: 'nothing was adopted',
    };
    if (!(await agrees(call, asking))) return;
    await annotate(cluster, name, { [annotations.adopt]: first.since });
    console.log(`${name}: its source counts; what ${first.where} holds since ${first.since} is replaced`);
  });
