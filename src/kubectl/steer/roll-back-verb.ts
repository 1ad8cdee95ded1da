import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { Failure } from '../../process/failure.ts';
import { formatCount } from '../../terminal/format-figures.ts';
import { parseMoment } from '../../terminal/parse-moment.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, withCluster } from '../open-cluster.ts';
import { standingsOf } from '../summary.ts';
import type { Call, RunVerb } from '../verb.ts';
import { agrees } from './confirm.ts';
import { isReleased, type Promotion, promotionOf, readCall } from './promote-verb.ts';

const lookEveryMs = 200;

/** Says how far back one can go, asks, orders it by the annotations that plain kubectl would set, and waits until it is done. */
export const runRollBack: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const { name, target, replica } = await readCall(cluster, call);
    const order = orderOf(call);
    if (promotionOf(replica, target)?.fencedAt !== undefined)
      throw new Failure('AlreadyPromoted', `roll back ${target} of ${name}: it is promoted`, {
        hint: `kubectl syncreplica demote ${name} ${target} makes it a target again`,
      });
    for (const line of howFarBack(replica, target)) console.log(line);
    const question = `From then on ${target} takes nothing from its source any more. Roll it back to ${order}? [y/N] `;
    if (!(await agrees(call, { what: `roll back ${target}`, question, otherwise: 'nothing was rolled back' }))) return;
    await annotate(cluster, name, {
      [annotations.rollBackTo]: order,
      [annotations.promote]: target,
      [annotations.demote]: null,
    });
    const { loss, manifest, rolledBackTo } = await follow(cluster, name, target, order);
    console.log(`${name}: ${target} is what it was at ${rolledBackTo}, and its claims are free; lost: ${loss}`);
    console.log(manifest?.trimEnd() ?? '');
  });

const orderOf = ({ options }: Call): string => {
  const { at, any, consistent } = options;
  if (typeof at !== 'string')
    throw new UsageFailure('--at is missing; give a time such as 14:05, or 10m for ten minutes ago');
  if (any && consistent) throw new UsageFailure('give --any or --consistent, not both');
  const time = new Date(parseMoment('--at', at, Date.now())).toISOString();
  return `${time}${any ? ' any' : consistent ? ' consistent' : ''}`;
};

/** @throws Failure `NoHistory` */
const howFarBack = (replica: SyncReplica, target: string): string[] => {
  const kept = replica.spec.targets?.find((one) => one.name === target)?.history;
  if (!kept)
    throw new Failure('NoHistory', `roll back ${target} of ${replica.metadata.name}: it keeps no history`, {
      hint: 'write history: { keep: 24h } for the next time (spec.targets[].history)',
    });
  return standingsOf(replica)
    .filter(({ row }) => row.target === target)
    .map(({ volume, row: { history } }) => {
      if (!history) return `${volume} on ${target}: what it keeps is not known`;
      const { oldestTime = 'now', checkpointTime = 'no time', entries = 0 } = history;
      return `${volume} on ${target}: history since ${oldestTime}, ${formatCount(entries)} entries; known to be the source at ${checkpointTime}`;
    });
};

/** Prints each step when it comes; what the receiver can't go back to is called off. */
const follow = async (cluster: Cluster, name: string, target: string, order: string): Promise<Promotion> => {
  let said = '';
  for (;;) {
    const promotion = promotionOf(await fetchReplica(cluster, name), target);
    const isDone: boolean = isReleased(promotion);
    if (promotion && isDone) return promotion;
    const step = promotion?.conditions?.find(({ status }) => status === 'False');
    const line = step ? `${step.reason}: ${step.message}` : '';
    const refusal = refusalOf(promotion, order);
    if (refusal !== undefined) {
      // Called off, the rest would be promoted as it is.
      if (refusal.isBegun)
        throw new Failure('CantGoBack', refusal.why, {
          hint: `a part of ${target} is fenced already, and stays so; order a time that all of it can go back to (--at, --any)`,
        });
      await annotate(cluster, name, { [annotations.rollBackTo]: null, [annotations.promote]: null });
      throw new Failure('CantGoBack', refusal.why, { hint: 'nothing was rolled back, and replication goes on' });
    }
    if (line !== said && line !== '') console.log(line);
    said = line;
    await sleep(lookEveryMs);
  }
};

/** What a receiver answered to this order, and not to one before. */
export const refusalOf = (
  promotion: Promotion | undefined,
  order: string,
): { readonly why: string; readonly isBegun: boolean } | undefined => {
  const step = promotion?.conditions?.find(({ status }) => status === 'False');
  const why = /can't be asked: (go back to .*)$/.exec(step?.message ?? '')?.[1];
  const [time = ''] = order.split(' ');
  if (promotion?.fencedAt !== undefined || !why?.startsWith(`go back to ${time}: `)) return undefined;
  return { why, isBegun: step?.reason === 'RollingBack' };
};
