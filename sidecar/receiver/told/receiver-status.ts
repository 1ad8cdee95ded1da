import { certificateLifetime } from '../../../src/process/tls/certificate-expiry.ts';
import type { Position, VolumeTrouble } from '../../protocol/control.ts';
import type { Volume } from '../volume/volume.ts';

/** /v1/status of a receiver: for whoever looks at this machine. Names no file. Times are ms since 1970. */
export interface ReceiverStatus {
  /** Null until the first writer gives it a name. */
  readonly volume: string | null;
  /** 0 until somebody wrote. */
  readonly epoch: number;
  readonly position: Position | null;
  readonly heartbeatAt: number | null;
  /** As of when the replica is known to be its source; null where nobody said since the receiver's start. */
  readonly coveredAt: number | null;
  readonly trouble: VolumeTrouble | null;
  readonly connections: { readonly rsync: number; readonly control: number };
  readonly certificateNotAfter: number;
}

export const notAfterMs = (certificate: string): number => certificateLifetime(certificate).notAfterMs;

/** Made anew at each call. */
export const describeReceiver =
  (volume: Volume, control: ReadonlySet<unknown>, certificate: () => string) => (): ReceiverStatus => ({
    volume: volume.lease.volume,
    epoch: volume.lease.epoch,
    position: volume.position.kept.position,
    heartbeatAt: volume.position.kept.heartbeatAt,
    coveredAt: volume.coveredAt,
    trouble: volume.trouble,
    connections: { rsync: volume.runs.size, control: control.size },
    certificateNotAfter: notAfterMs(certificate()),
  });
