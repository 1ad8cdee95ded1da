import { certificateLifetime } from '../../src/process/certificate-expiry.ts';
import type { Volume } from './volume/volume.ts';

export const notAfterMs = (certificate: string): number => certificateLifetime(certificate).notAfterMs;

/** /v1/status of a receiver, made anew at each call: for whoever looks at this machine. Names no file. */
export const describeReceiver =
  ({ lease, position, runs }: Volume, control: ReadonlySet<unknown>, certificate: () => string) =>
  (): object => ({
    volume: lease.volume,
    epoch: lease.epoch,
    position: position.kept.position,
    heartbeatAt: position.kept.heartbeatAt,
    connections: { rsync: runs.size, control: control.size },
    certificateNotAfter: notAfterMs(certificate()),
  });
