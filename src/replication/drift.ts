import { createHash } from 'node:crypto';
import { annotations } from '../api/names.ts';
import type { KubeObject } from '../cluster/objects.ts';

/** The object with the hash of itself as an annotation, by which fields that are no longer asked for are noticed. */
export const withHash = <T extends KubeObject>(object: T): T => {
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(object)))
    .digest('base64url')
    .slice(0, 22);
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata?.annotations, [annotations.appliedHash]: hash } },
  };
};

/** What was applied last, and the version that it gave: an object that still has it needs no second apply. */
export interface Applied {
  readonly hash: string;
  readonly resourceVersion: string;
}

/**
 * True where applying `desired` (made by `withHash`) would change nothing: what it says is there, or the same was
 * applied and the object is still as that left it (a server may write a value in another way).
 */
export const isApplied = (desired: KubeObject, present: KubeObject | undefined, last?: Applied): boolean =>
  present !== undefined &&
  (contains(present, desired) ||
    (last !== undefined &&
      last.hash === hashOf(desired) &&
      last.resourceVersion === present.metadata?.resourceVersion));

/** The hash that `withHash` gave an object. */
export const hashOf = (object: KubeObject): string => object.metadata?.annotations?.[annotations.appliedHash] ?? '';

/** Everything that `wanted` says is so in `present`, which may say more (defaults, status). */
const contains = (present: unknown, wanted: unknown): boolean => {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    if (present === undefined && wanted.length === 0) return true;
    return (
      Array.isArray(present) &&
      present.length === wanted.length &&
      wanted.every((item, i) => contains(present[i], item))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    const fields = Object.entries(wanted);
    // The server leaves out what is empty.
    if (present === undefined || present === null) return fields.every(([, value]) => isEmpty(value));
    if (typeof present !== 'object') return false;
    return fields.every(([key, value]) => contains((present as Record<string, unknown>)[key], value));
  }
  return present === wanted || (present === undefined && isEmpty(wanted));
};

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (typeof value === 'object' && Object.values(value).every(isEmpty));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
};
