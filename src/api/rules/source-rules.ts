import type { SourceSpec } from '../schema/syncreplica.generated.ts';
import { type Rule, rule } from './rule.ts';

const sameSource = (now: SourceSpec, old: SourceSpec): boolean =>
  now.persistentVolumeClaim === old.persistentVolumeClaim &&
  now.volume === old.volume &&
  now.elsewhere === old.elsewhere &&
  now.access === old.access &&
  canonical(now.podSelector) === canonical(old.podSelector);

/** JSON with sorted keys, so that equal selectors are equal texts. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? '';

/** Rules of what is copied. */
export const sourceRules: readonly Rule[] = [
  rule<SourceSpec>(
    'spec.source',
    'a source is a claim, a volume of selected pods, or elsewhere; write one of persistentVolumeClaim, podSelector with volume, and elsewhere: true',
    ({ persistentVolumeClaim, podSelector, elsewhere }) =>
      [persistentVolumeClaim, podSelector, elsewhere].filter((one) => one !== undefined).length === 1,
  ),
  rule<SourceSpec>(
    'spec.source',
    'a source is not elsewhere when it is here; leave elsewhere out, or write elsewhere: true',
    ({ elsewhere = true }) => elsewhere,
    '.elsewhere',
  ),
  rule<SourceSpec>(
    'spec.source',
    "podSelector and volume go together; write both, volume being the name of a volume in the pods' spec",
    (source) => (source.podSelector === undefined) === (source.volume === undefined),
  ),
  rule<SourceSpec>(
    'spec.source',
    "a source can't change but for its path; write another SyncReplica for another source",
    (source, old) => old === undefined || sameSource(source, old),
  ),
];
