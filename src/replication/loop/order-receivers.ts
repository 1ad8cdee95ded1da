import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { type ControlClient, createControlClient } from '../../../sidecar/protocol/control-client.ts';
import type { TlsMaterial } from '../../api/replication-settings.ts';
import type { Clock } from '../../process/clock.ts';
import { errorAdvice } from '../../process/failure.ts';
import type { Logger } from '../../process/logger.ts';
import type { Material } from '../desired/material.ts';
import type { Observed } from '../observed.ts';
import type { ReceiverOrder } from '../promotion/decide-promotions.ts';
import { receiverEndpoint } from '../reports/endpoints.ts';
import { putReceiverStatus } from '../reports/put-receiver-status.ts';
import type { Reports } from '../reports/reports.ts';

export interface OrderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reports: Reports;
  readonly receiverTls: ReadonlyMap<number, TlsMaterial>;
}

const timeoutMs = 4_000;

/** Asks receivers for what a plan orders, all at once; what they answer is a report. Returns why some could not be asked, by pod. */
export const orderReceivers = async (
  options: OrderOptions,
  observed: Observed,
  orders: readonly ReceiverOrder[],
  material: Material | undefined,
): Promise<ReadonlyMap<string, string>> => {
  const troubles = new Map<string, string>();
  const one = async (order: ReceiverOrder): Promise<void> => {
    try {
      await giveOrder(options, observed, order, material);
    } catch (error) {
      troubles.set(order.pod, errorAdvice(error));
      const { kind, pod, target } = order;
      options.logger.info({ kind, pod, target, reason: errorAdvice(error) }, 'receiver can’t be asked');
    }
  };
  await Promise.all(orders.map(one));
  return troubles;
};

const tell = (
  client: ControlClient,
  kind: ReceiverOrder['kind'],
  lineage: string | undefined,
  by: string,
): Promise<VolumeStatus> => {
  if (kind === 'look') return client.status();
  if (kind === 'demote') return client.demote({ by, ...(lineage === undefined ? {} : { lineage: { id: lineage } }) });
  return client.promote({ by, lineage: { id: lineage ?? by } });
};

const giveOrder = async (
  { clock, logger, reports, receiverTls }: OrderOptions,
  { replica, pods }: Observed,
  { kind, pod: podName, target, ordinal, lineage, by }: ReceiverOrder,
  material: Material | undefined,
): Promise<void> => {
  const { namespace, name } = replica.metadata;
  const pod = pods.find(({ metadata }) => metadata?.name === podName);
  const endpoint = pod && receiverEndpoint(pod, name);
  const tls = receiverTls.get(ordinal);
  const user = material?.receivers.get(target)?.credential;
  if (endpoint?.kind !== 'receiver' || !tls || !user) throw new Error('it does not run');
  const client = createControlClient({
    ...endpoint,
    tls: { ...tls, servername: endpoint.servername },
    user,
    timeoutMs,
  });
  try {
    const status = await tell(client, kind, lineage, by);
    putReceiverStatus(reports, { kind: 'receiver', namespace, pod: podName, replica: name }, status, clock.monotonic());
    if (kind !== 'look')
      logger.warn({ namespace, name, target, pod: podName, by, kind }, 'receiver did as it was told');
  } finally {
    client.close();
  }
};
