import type { HoldClient } from '../../sidecar/protocol/hold.ts';
import { annotations } from '../api/names.ts';
import type { ManagedTarget } from '../api/resolved-spec.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { isClusterError } from '../cluster/cluster-error.ts';
import type { VolumeSnapshot } from '../cluster/objects.ts';
import { volumeSnapshots } from '../cluster/resources.ts';
import type { Clock } from '../process/clock.ts';
import { errorAdvice } from '../process/failure.ts';
import { snapshotObject } from './snapshot-group.ts';

export interface TakingMeans {
  readonly client: ClusterClient;
  readonly clock: Clock;
}

/** One receiver, with what asks it to hold writes. */
export interface HeldPart {
  readonly ordinal: number;
  readonly hold: HoldClient;
}

/** How long a checkpoint is waited for, and how long writes are held at most. */
const waitMs = 15_000;
const forMs = 30_000;
const lookEveryMs = 250;

/**
 * Has each receiver hold writes, makes the snapshots, waits until the driver has cut them, lets writes go on, and writes down
 * whether each target was its source then. Cut off anywhere, receivers go on by themselves. Why some are at no checkpoint.
 */
export const takeSnapshot = async (
  means: TakingMeans,
  replica: SyncReplica,
  target: ManagedTarget,
  parts: readonly HeldPart[],
  takenAtMs: number,
): Promise<string | undefined> => {
  const when = { takenAtMs, count: parts.length };
  // What fails at one is known of all once nobody holds writes any more.
  const taken = await Promise.allSettled(parts.map((part) => takeOne(means, replica, target, part, when)));
  const failed = taken.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return taken.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []))[0];
};

const takeOne = async (
  { client, clock }: TakingMeans,
  replica: SyncReplica,
  target: ManagedTarget,
  { ordinal, hold }: HeldPart,
  when: { readonly takenAtMs: number; readonly count: number },
): Promise<string | undefined> => {
  const object = snapshotObject(replica, target, ordinal, when);
  const { namespace, name = '' } = object.metadata ?? {};
  const id = `${namespace}/${name}`.slice(-100);
  const held = await hold.begin({ id, waitMs, forMs }).catch((error: unknown) => errorAdvice(error));
  const until = clock.monotonic() + forMs;
  try {
    await create(client, object);
    let snapshot: VolumeSnapshot | undefined;
    do {
      snapshot = await client.get(volumeSnapshots, { namespace, name });
      if (snapshot?.status?.creationTime !== undefined || snapshot?.status?.error) break;
      await clock.sleep(lookEveryMs);
    } while (clock.monotonic() < until);
    const { wasHeld } = await hold.end({ id }).catch(() => ({ wasHeld: false }));
    const why = whyNone(held, wasHeld, snapshot);
    const mark = { [annotations.atCheckpoint]: why ?? 'true' };
    await client.patch(volumeSnapshots, { namespace, name }, { metadata: { annotations: mark } });
    return why;
  } finally {
    // Done twice it changes nothing.
    await hold.end({ id }).catch(() => undefined);
  }
};

/** One that is there was made by a try that was cut off. */
const create = async (client: ClusterClient, object: VolumeSnapshot): Promise<void> => {
  try {
    await client.create(volumeSnapshots, object);
  } catch (error) {
    if (!isClusterError(error, 'alreadyExists')) throw error;
  }
};

/** Why a snapshot is at no checkpoint, in a sentence; undefined where it is at one. */
const whyNone = (
  held: { readonly isCheckpoint: boolean } | string,
  wasHeld: boolean,
  snapshot: VolumeSnapshot | undefined,
): string | undefined => {
  if (typeof held === 'string') return `writes could not be held: ${held}`;
  const { creationTime, error } = snapshot?.status ?? {};
  if (error) return `the snapshot failed: ${error.message}`;
  if (creationTime === undefined)
    return `nobody took it within ${forMs / 1000} s: is the snapshot controller there, and a CSI driver that can?`;
  if (!wasHeld) return 'writes went on before it was taken';
  return held.isCheckpoint ? undefined : `something was on its way for ${waitMs / 1000} s`;
};
