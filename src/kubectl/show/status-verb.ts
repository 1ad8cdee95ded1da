import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { makeLiveBlock } from '../../terminal/terminal.ts';
import { formOf, printReplicas } from '../answer.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { conditionStatus, lagOf, standingsOf } from '../summary.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { everySecond } from './every-second.ts';
import { renderReplica, standingKey } from './render-replica.ts';

/** How many lags the sparkline shows: one a second. */
const remembered = 40;

/** Once, with exit code 1 where it is not in sync; or live until it is interrupted. */
export const runStatus: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const form = formOf(call.options.output, ['table', 'json', 'yaml', 'name']);
    const ask = (): Promise<SyncReplica> => fetchReplica(cluster, nameOf(call));
    if (form !== 'table') return printReplicas(form, [await ask()], true);
    const block = makeLiveBlock(process.stdout, process.env.NO_COLOR !== undefined);
    const history = new Map<string, number[]>();
    const draw = async (): Promise<void> => {
      const replica = await ask();
      for (const standing of standingsOf(replica)) {
        const key = standingKey(standing);
        history.set(key, [...(history.get(key) ?? []), lagOf(standing.row, Date.now()) ?? 0].slice(-remembered));
      }
      block.draw(renderReplica(replica, call.options.watch ? history : new Map(), Date.now(), block.paint));
      process.exitCode = conditionStatus(replica, 'InSync') === 'True' ? 0 : 1;
    };
    await (call.options.watch ? everySecond(draw, block) : draw());
  });
