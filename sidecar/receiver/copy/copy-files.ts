import type { CopyAnswer, CopyRequest } from '../../protocol/copy.ts';
import { maxCopies } from '../../protocol/copy.ts';
import { badRequest, count, text } from '../control/control-request.ts';
import { type CopyPlaces, copyFileBeneath } from './copy-file.ts';

const longestPath = 8_192;
const longestDigest = 64;
const longestTime = 24;

/** @throws Refusal BadRequest */
export const parseCopyRequest = (body: Record<string, unknown>): CopyRequest => {
  const { copies } = body;
  if (!Array.isArray(copies) || copies.length > maxCopies)
    throw badRequest(`read request: copies must be a list of at most ${maxCopies}`);
  const parsed = copies.map((value: unknown) => {
    const fields = (value ?? {}) as Record<string, unknown>;
    const mtime = text(fields, 'mtime', longestTime);
    if (!/^-?\d+$/.test(mtime)) throw badRequest('read request: mtime must be a whole number of ns');
    return {
      from: text(fields, 'from', longestPath),
      to: text(fields, 'to', longestPath),
      size: count(fields, 'size'),
      digest: text(fields, 'digest', longestDigest),
      mtime,
    };
  });
  return { epoch: count(body, 'epoch'), copies: parsed };
};

/** Makes copies in order, each on its own. `requireEpoch` is asked before each is put in its place: an epoch may end meanwhile. */
export async function copyFiles(
  places: CopyPlaces,
  { copies }: CopyRequest,
  requireEpoch: () => void,
): Promise<CopyAnswer> {
  const results: CopyAnswer['results'][number][] = [];
  for (const copy of copies) {
    requireEpoch();
    const reason = await copyFileBeneath(places, copy, requireEpoch);
    results.push(reason === null ? { copied: true } : { copied: false, reason });
  }
  return { results };
}
