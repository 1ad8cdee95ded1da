import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { standingsOf } from '../summary.ts';
import { nameOf, type RunVerb } from '../verb.ts';

const lookEveryMs = 1_000;

/** When each replica was last compared as a whole, by volume and target. */
const passesOf = (replica: SyncReplica): ReadonlyMap<string, string | undefined> =>
  new Map(standingsOf(replica).map(({ volume, row }) => [`${volume} → ${row.target}`, row.lastFullPassTime]));

/** Asks by the annotation that plain kubectl would set; the times are the agents', so each is compared with itself. */
export const runSync: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const before = passesOf(await fetchReplica(cluster, name));
    const asked = new Date().toISOString();
    await annotate(cluster, name, { [annotations.syncRequestedAt]: asked });
    console.log(`${name}: a comparison of the whole tree is asked for`);
    if (!call.options.wait) return;
    const open = new Map(before);
    while (open.size > 0) {
      await sleep(lookEveryMs);
      for (const [replica, at] of passesOf(await fetchReplica(cluster, name))) {
        if (at !== open.get(replica) && open.delete(replica)) console.log(`${replica}: compared at ${at}`);
      }
    }
  });
