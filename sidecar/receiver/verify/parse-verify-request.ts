import {
  type DirectoryWish,
  type HashRequest,
  type ListRequest,
  maxHashBytes,
  maxHashedPieces,
  maxListedDirectories,
  maxListedNames,
  type PieceWish,
} from '../../protocol/verify.ts';
import { badRequest, count, texts } from '../control/control-request.ts';

export const parseListRequest = (body: Record<string, unknown>): ListRequest => {
  const directories = list(body.directories, 'directories', maxListedDirectories).map(parseDirectory);
  const names = directories.reduce((sum, wish) => sum + (wish.names?.length ?? 0), 0);
  if (names > maxListedNames) throw badRequest(`read request: ${names} names are more than ${maxListedNames}`);
  return { epoch: count(body, 'epoch'), directories };
};

const parseDirectory = (fields: Record<string, unknown>): DirectoryWish => {
  const { path, part, names, content } = fields;
  if (typeof path !== 'string') throw badRequest('read request: a directory needs a path');
  return {
    path,
    ...(content === true ? { content } : {}),
    ...(part === undefined ? {} : { part: parsePart(part) }),
    ...(names === undefined ? {} : { names: texts(fields, 'names') }),
  };
};

const parsePart = (value: unknown): NonNullable<DirectoryWish['part']> => {
  const fields = (value ?? {}) as Record<string, unknown>;
  const [index, of] = [count(fields, 'index'), count(fields, 'of')];
  if (index >= of) throw badRequest('read request: a part has an index below the number of parts');
  return { index, of };
};

export const parseHashRequest = (body: Record<string, unknown>): HashRequest => {
  const pieces = list(body.pieces, 'pieces', maxHashedPieces).map(parsePiece);
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (bytes > maxHashBytes) throw badRequest(`read request: ${bytes} bytes are more than ${maxHashBytes}`);
  return { epoch: count(body, 'epoch'), pieces };
};

const parsePiece = (fields: Record<string, unknown>): PieceWish => {
  if (typeof fields.path !== 'string') throw badRequest('read request: a piece needs a path');
  return { path: fields.path, from: count(fields, 'from'), length: count(fields, 'length') };
};

const list = (value: unknown, field: string, most: number): Record<string, unknown>[] => {
  if (Array.isArray(value) && value.length <= most && value.every((one) => typeof one === 'object' && one !== null))
    return value;
  throw badRequest(`read request: ${field} must be a list of at most ${most}`);
};
