import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../process/failure.ts';

/** The operations of RFC 6902 that are needed to turn one document into another. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

type JsonObject = Record<string, unknown>;

/**
 * The patch that turns `before` into `after`. Objects are compared key by key, lists as a whole; a parent that is
 * missing is added with all that is in it, so that no operation needs a parent that isn't there.
 */
export const makePatch = (before: unknown, after: unknown, path = ''): PatchOperation[] => {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ op: 'replace', path, value: after }];
  const operations: PatchOperation[] = [];
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path: `${path}/${escapeToken(key)}` });
  }
  for (const [key, value] of Object.entries(after)) {
    const at = `${path}/${escapeToken(key)}`;
    if (Object.hasOwn(before, key)) operations.push(...makePatch(before[key], value, at));
    else operations.push({ op: 'add', path: at, value });
  }
  return operations;
};

/**
 * Applies a patch as an apiserver would (RFC 6902, members of objects only); the document is left as it was.
 * @throws Failure `PatchFailed` where a parent or the member to replace is missing
 */
export const applyPatch = (document: unknown, patch: readonly PatchOperation[]): unknown => {
  const root: JsonObject = { document: structuredClone(document) };
  for (const operation of patch) {
    const tokens = ['document', ...operation.path.split('/').slice(1).map(unescapeToken)];
    const last = tokens.pop() as string;
    let parent: unknown = root;
    for (const token of tokens) parent = isObject(parent) && Object.hasOwn(parent, token) ? parent[token] : undefined;
    if (!isObject(parent)) throw new Failure('PatchFailed', `${operation.op} ${operation.path}: its parent is missing`);
    if (operation.op !== 'add' && !Object.hasOwn(parent, last)) {
      throw new Failure('PatchFailed', `${operation.op} ${operation.path}: it is missing`);
    }
    if (operation.op === 'remove') delete parent[last];
    else setOwn(parent, last, structuredClone(operation.value));
  }
  return root.document;
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Assigning to `__proto__` would change the prototype and lose the member. */
const setOwn = (object: JsonObject, key: string, value: unknown): void => {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
};

const escapeToken = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');
