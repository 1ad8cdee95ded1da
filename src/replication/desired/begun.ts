import type { ReplicationSettings } from '../../api/replication-settings.ts';
import type { SettingsQuestion } from './settings.ts';

/**
 * The plain daemons that a source volume is known to have been compared with. Told only where it decides something: what is
 * in the settings is pushed to every agent when it changes. `isSame`: what agents were told is of the same claim.
 */
export const begunOf = (
  { spec, present, isCompared, wasCompared }: SettingsQuestion,
  ordinal: number,
  isSame: boolean,
): Pick<ReplicationSettings, 'begun'> => {
  const plain = spec.targets.filter((target) => target.kind === 'external' && target.external.tls !== 'Mutual');
  if (spec.restore !== 'IfEmpty' || plain.length === 0) return {};
  const isBegun = (target: string): boolean =>
    isCompared(ordinal, target) ||
    // What was replicated before there was a list of it has only its status.
    (isSame && (present?.begun?.includes(target) ?? wasCompared(ordinal, target)));
  return { begun: plain.flatMap(({ name }) => (isBegun(name) ? name : [])) };
};
