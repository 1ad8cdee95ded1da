import type { PreserveSettings } from '../../../../src/api/settings/replication-settings.ts';
import type { ListedEntry } from '../../../protocol/verify.ts';

/** In what an entry of the target differs from the source's; `extra`: the source has none. */
export type DifferenceKind = 'missing' | 'extra' | 'type' | 'size' | 'link' | 'time' | 'mode' | 'owner' | 'content';

export interface CompareRules {
  readonly preserve: Pick<PreserveSettings, 'times' | 'permissions' | 'owners' | 'devices'>;
  /** What the target rounds times down to, ns. */
  readonly timeGranularityNs: number;
  /** Whether what the source has no more is deleted at the target. */
  readonly deletes: boolean;
  /** Larger files of the source are left out, bytes. */
  readonly maxFileSize?: number | undefined;
}

interface Check {
  readonly kind: DifferenceKind;
  readonly differs: (source: ListedEntry, target: ListedEntry, rules: CompareRules) => boolean;
}

const roundedDown = (mtime: string, granularityNs: number): bigint => {
  const granularity = BigInt(granularityNs);
  const ns = BigInt(mtime);
  return ns >= 0n ? ns / granularity : (ns - granularity + 1n) / granularity;
};

/** In this order; the first that differs is told. */
const checks: readonly Check[] = [
  { kind: 'type', differs: (source, target) => source.type !== target.type },
  { kind: 'size', differs: (source, target) => source.size !== target.size },
  { kind: 'link', differs: (source, target) => source.link !== target.link },
  {
    kind: 'time',
    differs: (source, target, { preserve, timeGranularityNs }) =>
      preserve.times &&
      source.mtime !== target.mtime &&
      roundedDown(source.mtime, timeGranularityNs) !== roundedDown(target.mtime, timeGranularityNs),
  },
  {
    kind: 'mode',
    differs: (source, target, { preserve }) =>
      preserve.permissions && source.type !== 'symlink' && source.mode !== target.mode,
  },
  {
    kind: 'owner',
    differs: (source, target, { preserve }) =>
      preserve.owners && (source.uid !== target.uid || source.gid !== target.gid),
  },
];

export const isTooLarge = (source: ListedEntry, { maxFileSize }: CompareRules): boolean =>
  maxFileSize !== undefined && source.type === 'file' && source.size > maxFileSize;

/** In what the two differ, as far as names and attributes tell and as far as it is kept; null where they don't. Pure. */
export function judgeEntry(
  source: ListedEntry | undefined,
  target: ListedEntry | undefined,
  rules: CompareRules,
): DifferenceKind | null {
  if (source === undefined) return target === undefined || !rules.deletes ? null : 'extra';
  // What can't be copied by its nature is owed to nobody.
  if (source.type === 'other' && !rules.preserve.devices) return null;
  if (isTooLarge(source, rules)) return null;
  if (target === undefined) return 'missing';
  return checks.find(({ differs }) => differs(source, target, rules))?.kind ?? null;
}
