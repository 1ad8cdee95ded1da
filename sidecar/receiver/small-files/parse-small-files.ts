import { type SmallFile, type SmallFilesRequest, smallFileLimits } from '../../protocol/small-files.ts';
import { badRequest, count, text } from '../control/control-request.ts';

const longestPath = 8_192;
const longestContent = Math.ceil((smallFileLimits.fileBytes * 4) / 3);

/** @throws Refusal BadRequest */
export const parseSmallFiles = (body: Record<string, unknown>): SmallFilesRequest => ({
  epoch: count(body, 'epoch'),
  files: records(body, 'files').map(parseFile),
  directories: records(body, 'directories').map((one) => ({
    path: text(one, 'path', longestPath),
    mtimeNs: nanoseconds(one),
    ...(one.mode === undefined ? {} : { mode: parseMode(one) }),
  })),
});

const records = (body: Record<string, unknown>, field: string): Record<string, unknown>[] => {
  const list = body[field];
  if (Array.isArray(list) && list.length <= smallFileLimits.files)
    return list.map((one: unknown) => (one ?? {}) as Record<string, unknown>);
  throw badRequest(`read request: ${field} must be a list of at most ${smallFileLimits.files}`);
};

const parseFile = (one: Record<string, unknown>): SmallFile => ({
  path: text(one, 'path', longestPath),
  content: text(one, 'content', longestContent),
  mode: parseMode(one),
  mtimeNs: nanoseconds(one),
});

const parseMode = (one: Record<string, unknown>): number => {
  const mode = count(one, 'mode');
  if (mode > 0o7777) throw badRequest('read request: mode has more than twelve bits');
  return mode;
};

const nanoseconds = (one: Record<string, unknown>): string => {
  const ns = text(one, 'mtimeNs', 24);
  if (/^-?\d+$/.test(ns)) return ns;
  throw badRequest('read request: mtimeNs must be a whole number in a text');
};
