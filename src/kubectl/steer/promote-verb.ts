import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../api/names.ts';
import type { SyncReplica, SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import { Failure } from '../../process/failure.ts';
import { annotate } from '../annotate.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, withCluster } from '../open-cluster.ts';
import { standingsOf } from '../summary.ts';
import { type Call, nameOf, type RunVerb } from '../verb.ts';
import { agrees } from './confirm.ts';

export type Promotion = NonNullable<SyncReplicaStatus['promotions']>[number];

const lookEveryMs = 200;

/** Shows what would be lost, asks, says so by the annotation that plain kubectl would set, and waits until it is done. */
export const runPromote: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const { name, target, replica } = await readCall(cluster, call);
    if (!isReleased(promotionOf(replica, target))) {
      for (const line of whatWouldBeLost(replica, target)) console.log(line);
      const question = `From then on ${target} takes nothing from its source any more. Promote it? [y/N] `;
      const otherwise = 'nothing was promoted';
      if (!(await agrees(call, { what: `promote ${target}`, question, otherwise }))) return;
      const order = { [annotations.promote]: target, [annotations.demote]: null };
      // What a former roll-back left is no wish of today.
      await annotate(cluster, name, { ...order, [annotations.rollBackTo]: null });
    }
    const promotion = await follow(cluster, name, target, (at) => (isReleased(at) ? at : undefined));
    console.log(`${name}: ${target} is promoted, and its claims are free; lost: ${promotion.loss}`);
    console.log(promotion.manifest?.trimEnd() ?? '');
  });

/** Asks, names the promotion that is to end, and waits until the target takes what its source has. */
export const runDemote: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const { name, target, replica } = await readCall(cluster, call);
    const promotion = promotionOf(replica, target);
    if (promotion?.fencedAt === undefined) {
      console.log(`${name}: ${target} is not promoted`);
      return;
    }
    console.log(
      `${target} was promoted at ${promotion.fencedAt}. What was written on it since then is replaced by what the source has.`,
    );
    const asking = { what: `demote ${target}`, question: 'Demote it? [y/N] ', otherwise: 'nothing was demoted' };
    if (!(await agrees(call, asking))) return;
    // Another target may be on its way to be promoted.
    const isNamed = replica.metadata.annotations?.[annotations.promote] === target;
    const over = { [annotations.promote]: null, [annotations.rollBackTo]: null };
    const order = { [annotations.demote]: promotion.fencedAt, ...(isNamed ? over : {}) };
    await annotate(cluster, name, order);
    await follow(cluster, name, target, (at) => (at === undefined ? true : undefined));
    console.log(`${name}: ${target} is a target again`);
  });

export const readCall = async (
  cluster: Cluster,
  call: Call,
): Promise<{ name: string; target: string; replica: SyncReplica }> => {
  const name = nameOf(call);
  const target = call.second as string;
  const replica = await fetchReplica(cluster, name);
  const targets = replica.spec.targets ?? [];
  const found = targets.find((one) => one.name === target);
  if (found?.managed) return { name, target, replica };
  throw new Failure(
    'NoSuchTarget',
    `promote ${name}: ${found ? `target ${target} is external` : `it has no target ${target}`}`,
    {
      hint: found ? 'promote it where its receiver is' : `its targets are ${targets.map((one) => one.name).join(', ')}`,
    },
  );
};

export const promotionOf = (replica: SyncReplica, target: string): Promotion | undefined =>
  replica.status?.promotions?.find((one) => one.target === target);

export const isReleased = (promotion: Promotion | undefined): promotion is Promotion =>
  promotion?.conditions?.some(({ type, status }) => type === 'Released' && status === 'True') === true;

/** What the status knows now; how much it was in the end the promotion itself says. */
export const whatWouldBeLost = (replica: SyncReplica, target: string): string[] =>
  standingsOf(replica)
    .filter(({ row }) => row.target === target)
    .map(({ volume, row }) => {
      const { pending, lagSeconds, state, lastSyncTime, lastFullPassTime } = row;
      const when = lastSyncTime === undefined ? '' : `, last sync ${lastSyncTime}`;
      if (lastFullPassTime === undefined)
        return `${volume} on ${target}: ${state}${when}; it was never compared as a whole, so what is missing there is not known`;
      if (pending === undefined) return `${volume} on ${target}: ${state}${when}; what is missing there is not known`;
      const missing =
        pending === 0 ? 'nothing is pending' : `${pending} changes pending, the oldest ${lagSeconds ?? 0} s old`;
      return `${volume} on ${target}: ${state}, ${missing}${when}`;
    });

/** Prints each step when it comes. */
const follow = async <T>(
  cluster: Cluster,
  name: string,
  target: string,
  isDone: (promotion: Promotion | undefined) => T | undefined,
): Promise<T> => {
  let said = '';
  for (;;) {
    const replica = await fetchReplica(cluster, name);
    const promotion = promotionOf(replica, target);
    const done = isDone(promotion);
    if (done !== undefined) return done;
    const step = promotion?.conditions?.find(({ status }) => status === 'False');
    const line = step ? `${step.reason}: ${step.message}` : '';
    if (line !== said && line !== '') console.log(line);
    said = line;
    await sleep(lookEveryMs);
  }
};
