import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { restoreMarker } from '../../../sidecar/agent/restore/restore.ts';
import { dataDirectory, stateDirectory } from '../../../sidecar/protocol/receiver-layout.ts';
import { Failure } from '../../process/failure.ts';

/**
 * Makes of a copy of a receiver's volume what it replicates: its data come to `destination`, at or below `root`, and what the
 * receiver remembers goes. By renames; one that was cut off goes on.
 */
export const liftReplica = (root: string, destination: string): void => {
  const aside = join(root, restoreMarker);
  const lifted = join(aside, 'lifted');
  const [data, state] = [join(root, dataDirectory), join(root, stateDirectory)];
  if (!existsSync(lifted)) {
    if (!existsSync(aside) && !(existsSync(data) && existsSync(state)))
      throw new Failure('NotAReplica', `fill the volume: ${root} is no copy of a receiver's volume`, {
        hint: 'name a snapshot of the claim of a managed target',
      });
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    // Only while its state is there is the directory of this name the receiver's, and not one that it replicates.
    if (existsSync(state) && existsSync(data)) renameSync(data, join(aside, dataDirectory));
    rmSync(state, { recursive: true, force: true });
    renameSync(join(aside, dataDirectory), lifted);
  }
  mkdirSync(destination, { recursive: true });
  for (const name of readdirSync(lifted, { encoding: 'buffer' }))
    renameSync(Buffer.concat([Buffer.from(`${lifted}/`), name]), Buffer.concat([Buffer.from(`${destination}/`), name]));
  rmSync(aside, { recursive: true });
};
