import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlClient, createControlClient } from '../../../sidecar/protocol/connection/control-client.ts';
import type { ControlClientOptions } from '../../../sidecar/protocol/connection/control-connection.ts';
import { createHistoryClient, type HistoryClient } from '../../../sidecar/protocol/connection/history-client.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { type PastWish, unaskedMs } from '../../../sidecar/protocol/past/history.ts';
import type { Pod } from '../../cluster/objects.ts';
import type { Clock } from '../../process/clock.ts';
import { errorAdvice, errorCode } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';
import type { Material } from '../desired/material.ts';
import type { Observed } from '../observed.ts';
import type { ReceiverOrder } from '../promotion/decide-promotions.ts';
import type { RollBackWish } from '../promotion/roll-back.ts';
import { receiverEndpoint } from '../reports/endpoints.ts';
import { putReceiverStatus } from '../reports/put-receiver-status.ts';
import type { Reports } from '../reports/reports.ts';
import type { SourceVolume } from '../source-volumes.ts';

export interface OrderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reports: Reports;
  /** Has the kubelet bring a pod its Secret, once for each number. */
  readonly nudge: (pod: Pod, generation: number) => Promise<unknown>;
}

/** With what receivers are asked: as the agents that write them. */
export interface OrderMeans {
  readonly volumes: readonly SourceVolume[];
  readonly material: Material | undefined;
}

const timeoutMs = 4_000;
/** Much history takes its time to be looked through; after this a receiver finds out when it is to go back, ms. */
const findMs = 20_000;

/** Asks receivers for what a plan orders, all at once; what they answer is a report. Returns why some could not be asked, by pod. */
export const orderReceivers = async (
  options: OrderOptions,
  observed: Observed,
  orders: readonly ReceiverOrder[],
  means: OrderMeans,
): Promise<ReadonlyMap<string, string>> => {
  const troubles = new Map<string, string>();
  const one = async (order: Order): Promise<void> => {
    try {
      await giveOrder(options, observed, order, means);
    } catch (error) {
      troubles.set(order.pod, errorAdvice(error));
      const { kind, pod, target } = order;
      options.logger.info({ kind, pod, target, reason: errorAdvice(error) }, 'receiver can’t be asked');
      if (errorCode(error) === 'AuthenticationFailed') await bringPassword(options, observed, order, means);
    }
  };
  const begun = orders.filter(({ kind, pod }) => kind !== 'rollBack' || isPromoted(observed, pod));
  const first = orders.filter((order) => !begun.includes(order));
  // One that went back is fenced for good: none does where another, by what it has kept, can't.
  if (orders.length > 1) await Promise.all(first.map((order) => one({ ...order, kind: 'find' })));
  await Promise.all([...begun, ...(troubles.size === 0 ? first : [])].map(one));
  return troubles;
};

const isPromoted = ({ receivers }: Observed, pod: string): boolean => receivers.get(pod)?.status.promoted != null;

/** Where the password was made anew a moment ago the receiver still has the former one, for a minute. */
const bringPassword = async (
  { nudge }: OrderOptions,
  { pods }: Observed,
  order: Order,
  { material }: OrderMeans,
): Promise<void> => {
  const pod = pods.find(({ metadata }) => metadata?.name === order.pod);
  const madeAtMs = material?.receivers.get(order.target)?.credential.createdAtMs;
  if (pod && madeAtMs !== undefined) await nudge(pod, madeAtMs);
};

/** `find` is whether there is what a roll-back wants. */
type Order = Omit<ReceiverOrder, 'kind'> & { readonly kind: ReceiverOrder['kind'] | 'find' };

const tell = async (
  options: ControlClientOptions,
  client: ControlClient,
  { kind, lineage, by, to }: Order,
): Promise<VolumeStatus> => {
  if (kind === 'find' && to) await findMoment(options, to);
  if (kind === 'rollBack' && to) await beginRollBack(options, lineage, by, to);
  if (kind === 'look' || kind === 'find' || kind === 'rollBack') return client.status();
  if (kind === 'demote') return client.demote({ by, ...(lineage === undefined ? {} : { lineage: { id: lineage } }) });
  return client.promote({ by, lineage: { id: lineage ?? by } });
};

/** A consistent checkpoint is as old as the schedule makes it. */
const wishes = {
  any: { checkpoint: false },
  checkpoint: { checkpoint: true, withinMs: unaskedMs },
  consistent: { checkpoint: true, consistent: true },
} as const satisfies Record<RollBackWish['which'], Partial<PastWish>>;

const findMoment = (options: ControlClientOptions, { atMs, which }: RollBackWish): Promise<void> =>
  askPast(options, findMs, (client) => client.diff({ at: atMs, ...wishes[which], path: '', limit: 0 }));

/** It may take longer than anybody waits here: the receiver goes on, and its status says when it is done. */
const beginRollBack = (
  options: ControlClientOptions,
  lineage: string | undefined,
  by: string,
  { atMs, which }: RollBackWish,
): Promise<void> => {
  const whose = lineage === undefined ? {} : { lineage: { id: lineage } };
  return askPast(options, timeoutMs, (client) => client.rollBack({ at: atMs, by, ...wishes[which], ...whose }));
};

/** Resolves also where there is no answer in time. */
const askPast = async (
  options: ControlClientOptions,
  limitMs: number,
  ask: (client: HistoryClient) => Promise<unknown>,
): Promise<void> => {
  const client = createHistoryClient(options);
  const timer = new AbortController();
  try {
    const done = ask(client);
    await Promise.race([done, sleep(limitMs, undefined, { signal: timer.signal })]);
    done.catch(() => {});
  } finally {
    timer.abort();
    client.close();
  }
};

const giveOrder = async (
  { clock, logger, reports }: OrderOptions,
  { replica, pods }: Observed,
  order: Order,
  { volumes, material }: OrderMeans,
): Promise<void> => {
  const { namespace, name } = replica.metadata;
  const { kind, pod: podName, target, ordinal, by } = order;
  const pod = pods.find(({ metadata }) => metadata?.name === podName);
  const endpoint = pod && receiverEndpoint(pod, name);
  const volume = volumes.find((one) => one.ordinal === ordinal);
  const writer = volume && material?.agents.get(volume.name)?.client;
  const user = material?.receivers.get(target)?.credential;
  if (endpoint?.kind !== 'receiver' || !material || !writer || !user) throw new Error('it does not run');
  const tls = { ca: material.bundle, cert: writer.cert, key: writer.key };
  const address = { ...endpoint, tls, user, timeoutMs };
  const client = createControlClient(address);
  try {
    const status = await tell(address, client, order);
    putReceiverStatus(reports, { kind: 'receiver', namespace, pod: podName, replica: name }, status, clock.monotonic());
    if (kind !== 'look' && kind !== 'find')
      logger.warn({ namespace, name, target, pod: podName, by, kind }, 'receiver did as it was told');
  } finally {
    client.close();
  }
};
