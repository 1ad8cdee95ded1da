import type { ControlError, DemoteRequest, PromoteRequest, Promotion, VolumeLineage } from '../../protocol/control.ts';
import type { LeaseState } from './lease.ts';

/** What a writer is told while the volume is in use in place of its source. */
export const promotedError = ({ promoted, lineage }: Pick<LeaseState, 'promoted' | 'lineage'>): ControlError => ({
  code: 'Promoted',
  message: `write volume: it was promoted at ${iso(promoted?.at)} by ${promoted?.by}, and is in use in place of its source`,
  hint: `stop this writer. If its source is to replace what the volume holds now, demote the volume, or adopt what it holds since ${iso(lineage?.since)}`,
  ...(lineage ? { lineage: lineage.id } : {}),
});

/** The state of a volume that is taken into use; the same state where it was already. `now` is ms since the epoch. */
export const promote = (state: LeaseState, volume: string, request: PromoteRequest, now: number): LeaseState => {
  if (state.promoted !== null) return state;
  const { lineage, by } = request;
  const promoted: Promotion = { at: now, by, from: state.lineage?.id ?? null };
  return { ...state, volume, ...ownedBy(state, lineage.id, by, now), promoted };
};

/** The state of a volume that is a target again, of the source that is named or that it had; the same where it was not promoted. */
export const demote = (state: LeaseState, request: DemoteRequest, now: number): LeaseState => {
  if (state.promoted === null) return state;
  const id = request.lineage?.id ?? state.promoted.from;
  return { ...state, ...ownedBy(state, id, request.by, now), promoted: null };
};

/** Another's from now on, with an epoch that nobody has. */
const ownedBy = (
  { epoch: before, lineage: held }: LeaseState,
  id: string | null,
  by: string,
  now: number,
): Pick<LeaseState, 'epoch' | 'holder' | 'lineage'> => {
  const epoch = before + 1;
  const adopted = held ? { adopted: { by, from: held.id } } : {};
  const lineage: VolumeLineage | null = id === null ? null : { id, since: now, epoch, ...adopted };
  return { epoch, holder: null, lineage };
};

const iso = (ms: number | undefined): string => new Date(ms ?? 0).toISOString();
