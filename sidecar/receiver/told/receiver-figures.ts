import { statfs } from 'node:fs/promises';
import type { HistoryFigures } from '../../protocol/past/past.ts';
import type { Volume } from '../volume/volume.ts';
import { notAfterMs } from './receiver-status.ts';

/** What the receiver's state is at a scrape. */
export interface ReceiverFigures {
  readonly connections: { readonly rsync: number; readonly control: number };
  readonly epoch: number;
  readonly sequence: number;
  readonly heartbeatAtMs: number | null;
  readonly receivedBytes: number;
  /** As statfs says it: counts of blocks, of which each has `bsize` bytes. */
  readonly space: { readonly bsize: number; readonly blocks: number; readonly bavail: number };
  readonly certificateNotAfterMs: number;
  /** As of when the replica is known to be its source; null where nobody said. */
  readonly coveredAtMs: number | null;
  /** Undefined where nothing is kept. */
  readonly history: HistoryFigures | undefined;
}

export const readFigures = async (
  { position, runs, lease, rsync, history, coveredAt }: Volume,
  directory: string,
  control: number,
  certificate: string,
): Promise<ReceiverFigures> => ({
  connections: { rsync: runs.size, control },
  epoch: lease.epoch,
  sequence: position.kept.position?.sequence ?? 0,
  heartbeatAtMs: position.kept.heartbeatAt,
  receivedBytes: rsync.receivedBytes(),
  space: await statfs(directory),
  certificateNotAfterMs: notAfterMs(certificate),
  coveredAtMs: coveredAt,
  history: history?.figures,
});
