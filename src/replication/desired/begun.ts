import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';

export interface BegunQuestion {
  readonly spec: ResolvedSpec;
  /** What the agents' Secret holds now for this volume. */
  readonly present: ReplicationSettings | undefined;
  /** Whether an agent says that the source was compared with a target as a whole; and whether the status says so. */
  readonly isCompared: (ordinal: number, target: string) => boolean;
  readonly wasCompared: (ordinal: number, target: string) => boolean;
}

/**
 * The plain daemons that a source volume is known to have been compared with. Told only where it decides something: what is
 * in the settings is pushed to every agent when it changes. `isSame`: what agents were told is of the same claim.
 */
export const begunOf = (
  { spec, present, isCompared, wasCompared }: BegunQuestion,
  ordinal: number,
  isSame: boolean,
): Pick<ReplicationSettings, 'begun'> => {
  const plain = spec.targets.filter(
    (target) => target.kind === 'ssh' || (target.kind === 'external' && target.external.tls !== 'Mutual'),
  );
  if (spec.restore !== 'IfEmpty' || plain.length === 0) return {};
  const isBegun = (target: string): boolean =>
    isCompared(ordinal, target) ||
    // What was replicated before there was a list of it has only its status.
    (isSame && (present?.begun?.includes(target) ?? wasCompared(ordinal, target)));
  return { begun: plain.flatMap(({ name }) => (isBegun(name) ? name : [])) };
};
