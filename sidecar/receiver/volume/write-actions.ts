import { decodeName } from '../../protocol/verify.ts';
import type { ControlActions } from '../control/control-api.ts';
import { copyFiles } from '../copy/copy-files.ts';
import { deletePaths } from '../deletions/delete-paths.ts';
import type { HookFiles } from '../hook-files/hook-files.ts';
import { Refusal } from '../refusal.ts';
import { applyRenames } from '../rename/rename-hints.ts';
import { writeSmallFiles } from '../small-files/write-small-files.ts';
import type { VolumeParts } from './volume.ts';

type Write = <T>(volume: string, work: () => T | Promise<T>) => Promise<T>;

/** What the control connection can have changed without an rsync. `write` does it when it may be done. */
export const makeWriteActions = (
  parts: () => Pick<VolumeParts, 'directory' | 'bins' | 'lease' | 'health'> & { readonly hookFiles: HookFiles },
  write: Write,
): Pick<ControlActions, 'rename' | 'delete' | 'writeSmallFiles' | 'copy' | 'undelete' | 'hookLines'> => {
  const requireEpoch = (epoch: number) => (): void => parts().lease.requireEpoch(epoch);
  return {
    rename: (volume, request) =>
      write(volume, () => {
        const { directory, bins } = parts();
        return applyRenames(directory, request, requireEpoch(request.epoch), bins.history);
      }),
    delete: (volume, request) =>
      write(volume, () => {
        const { directory, bins, health, lease } = parts();
        return deletePaths(directory.data, request, bins, () => {
          // It may have waited, and of a volume that was lost meanwhile all counts as gone.
          health.require();
          lease.requireEpoch(request.epoch);
        });
      }),
    writeSmallFiles: (volume, request) =>
      write(volume, async () => {
        const { directory, bins } = parts();
        const paths = [...request.files, ...request.directories].map(({ path }) => decodeName(path));
        // A directory that stands where a file is to be stays: only an rsync run may put one in its place.
        await bins.history?.keep(paths, new Set(paths), requireEpoch(request.epoch));
        return writeSmallFiles(directory, request, requireEpoch(request.epoch));
      }),
    copy: (volume, request) =>
      write(volume, () => {
        const { directory, bins } = parts();
        requireNoHistory(bins);
        return copyFiles(directory, request, requireEpoch(request.epoch));
      }),
    undelete: (volume, { id, epoch }) =>
      write(volume, () => {
        const { bins } = parts();
        return bins.kept.putBack(id, requireEpoch(epoch));
      }),
    hookLines: (volume, request) => write(volume, () => parts().hookFiles.append(request, requireEpoch(request.epoch))),
  };
};

const requireNoHistory = ({ history }: VolumeParts['bins']): void => {
  if (!history) return;
  throw new Refusal({ code: 'BadRequest', message: 'copy files: a volume with a history takes them by rsync' });
};
