import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RenameAnswer, RenameRequest } from '../../protocol/control.ts';
import { matchesFingerprint } from '../../protocol/entries/fingerprint.ts';
import type { History } from '../history/history.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import { renameBeneath } from './rename-beneath.ts';

/** Renames between two turns of the event loop: about 2 ms. */
const slice = 250;

/**
 * Applies rename hints in order, each on its own. `requireEpoch` is asked before each: an epoch may end meanwhile.
 * The rsync run that follows makes good whatever a hint did or didn't do.
 */
export const applyRenames = async (
  directory: VolumeDirectory,
  request: RenameRequest,
  requireEpoch: () => void,
  history?: History,
): Promise<RenameAnswer> => {
  const results: RenameAnswer['results'][number][] = [];
  for (const { from, to, expect } of request.renames) {
    if (results.length % slice === slice - 1) await nextTurn();
    requireEpoch();
    const source = Buffer.from(from, 'base64url').toString('latin1');
    const target = Buffer.from(to, 'base64url').toString('latin1');
    const rename = (): string | null => renameBeneath(directory.data, source, target);
    const reason = history ? history.rename(source, target, rename) : rename();
    if (reason !== null) results.push({ renamed: false, matches: false, reason });
    else
      results.push({
        renamed: true,
        matches: expect ? await matchesFingerprint(directory.data, target, expect) : false,
      });
  }
  return { results };
};
