import type { Problem } from '../../api/rules/problem.ts';
import { flagName, optionKey, type SyncFlag, syncFlags } from './sync-flags.ts';

type Json = Record<string, unknown>;

const setField = (root: Json, path: string, value: unknown): void => {
  const steps = path.split('.');
  let part = root;
  for (const step of steps.slice(0, -1)) {
    part[step] = { ...(part[step] as Json | undefined) };
    part = part[step] as Json;
  }
  part[steps.at(-1) ?? path] = value;
};

const getField = (root: Json, path: string): unknown =>
  path.split('.').reduce<unknown>((part, step) => (part as Json | undefined)?.[step], root);

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const toValue = (spec: Json, { field, kind }: SyncFlag, given: string | readonly string[]): unknown => {
  if (kind === 'patterns') return given;
  const text = String(given);
  if (kind === 'number') return /^[0-9]+$/.test(text) ? Number(text) : text;
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (kind === 'list') return splitList(text);
  if (kind !== 'preserve') return text;
  const words = splitList(text).map((word) => [word.replace(/^-/, ''), !word.startsWith('-')]);
  return { ...(getField(spec, field) as Json | undefined), ...Object.fromEntries(words) };
};

/** The spec with what flags and environment say in place of what it said; the spec itself is left alone. */
export const applyFlags = (spec: Json, options: Readonly<Record<string, unknown>>): Json => {
  const result = { ...spec };
  for (const flag of syncFlags) {
    const given = options[optionKey(flag.flag)] as string | readonly string[] | undefined;
    if (given !== undefined) setField(result, flag.field, toValue(result, flag, given));
  }
  return result;
};

/** A problem in the words of who wrote it: the flag where one was given, the field of the file otherwise. */
export const blameFlag = (problem: Problem, options: Readonly<Record<string, unknown>>): Problem => {
  const field = problem.field.replace(/^spec\./, '');
  const flag = syncFlags.find(
    (candidate) =>
      options[optionKey(candidate.flag)] !== undefined &&
      (field === candidate.field || field.startsWith(`${candidate.field}[`) || field.startsWith(`${candidate.field}.`)),
  );
  if (!flag) return { ...problem, field, message: problem.message.replace('"spec.', '"') };
  if (flag.kind === 'preserve' && problem.code === 'UnknownField')
    return {
      field: flagName(flag.flag),
      code: 'Invalid',
      message: `${field.slice(flag.field.length + 1)} can't be kept; give some of owners, permissions, times, hardLinks, xattrs, acls, sparse, devices`,
    };
  return { ...problem, field: flagName(flag.flag) };
};
