import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { lineageOf } from '../../../sidecar/agent/link/notes/source-lineage.ts';
import { dataDirectory } from '../../../sidecar/protocol/receiver-layout.ts';
import { doubtHistory } from '../../../sidecar/receiver/history/journal/doubt-history.ts';
import { VolumeLease } from '../../../sidecar/receiver/lease/volume-lease.ts';
import { openVolumeDirectory, type VolumeDirectory } from '../../../sidecar/receiver/volume/volume-directory.ts';
import { systemClock } from '../../process/clock.ts';
import { errorCode, errorMessage, Failure } from '../../process/failure.ts';

interface Options {
  readonly dir: string;
}

/** A user without a name, as in a container, has a number. */
const by = (): string => `${process.env.USER ?? process.getuid?.()}@${hostname()}`;

/** `syncreplica promote --dir DIR`: from now on nobody writes DIR/data but who uses it here. */
export const promoteCommand = ({ dir }: Options): Promise<void> =>
  withLease(dir, 'promote', async (lease, volume) => {
    const data = join(resolve(dir), dataDirectory);
    await lease.promote(volume, { lineage: { id: lineageOf(data) ?? `promoted-${systemClock.now()}` }, by: by() });
    console.log(`${data} is promoted: use it in place of the source. Every writer is refused until it is demoted`);
  });

/** `syncreplica demote --dir DIR`: a target again, of the source that it had. */
export const demoteCommand = ({ dir }: Options): Promise<void> =>
  withLease(dir, 'demote', async (lease, volume, { history }) => {
    if (lease.promoted === null) {
      console.log(`${resolve(dir)} is a target already`);
      return;
    }
    await lease.demote(volume, { by: by() });
    doubtHistory(history, systemClock.now(), 'promoted');
    console.log(`${resolve(dir)} is a target again: the source that it had replaces what is there`);
  });

/** Only while no receiver has the directory open. */
const withLease = async (
  dir: string,
  verb: string,
  act: (lease: VolumeLease, volume: string, directory: VolumeDirectory) => Promise<void>,
): Promise<void> => {
  const directory = await openVolumeDirectory(resolve(dir)).catch((cause: unknown) => {
    throw new Failure(errorCode(cause) || 'Internal', `${verb} ${resolve(dir)}: ${errorMessage(cause)}`, {
      cause,
      hint: 'stop its receiver first; started again it refuses every writer of a promoted directory',
    });
  });
  try {
    // No writer's epoch is judged here.
    const open = { directory, clock: systemClock, bootId: '', endOlderThan: async () => {} };
    const lease = await VolumeLease.open(open);
    if (lease.volume === null)
      throw new Failure('NoSuchVolume', `${verb} ${resolve(dir)}: no agent ever wrote it`, {
        hint: 'give the directory that the receiver was given',
      });
    await act(lease, lease.volume, directory);
  } finally {
    await directory.close();
  }
};
