import { labels } from '../api/names.ts';
import type { ReplicaStatusRow, SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { ObservedClaim, Told } from './observed-claim.ts';

/** From where a claim is to be filled. */
export interface FillSource {
  /** The source volume whose replica it is, and the targets that may be taken; none where it is a snapshot. */
  readonly volume: string;
  readonly targets: readonly string[];
}

const waits = (reason: string, note: string): Told => ({ type: 'Warning', reason, note });

/** Or what is in the way, for the person who made the claim. */
export const findSource = (observed: ObservedClaim): FillSource | Told => {
  const { claim, request, replica, volumes } = observed;
  const wrong = refuseClaim(observed);
  if (wrong) return wrong;
  if (!replica || replica.metadata.deletionTimestamp !== undefined)
    return waits(
      'SyncReplicaNotFound',
      `the claim is filled from the SyncReplica ${request.replica} of its namespace once that is there${replica ? '; it is being deleted' : ''}`,
    );
  const names = [...volumes.keys()].sort();
  if (names.length === 0)
    return waits(
      'SourceNotKnown',
      `the SyncReplica ${request.replica} knows of no source volume yet; see its conditions`,
    );
  const own = claim.metadata?.name ?? '';
  const volume = request.volume ?? (volumes.has(own) ? own : names.length === 1 ? names[0] : undefined);
  if (volume === undefined || !volumes.has(volume))
    return waits(
      volume === undefined ? 'VolumeAmbiguous' : 'VolumeNotFound',
      `the SyncReplica ${request.replica} has ${listed(names)}; write the one to copy into the claim's annotation syncreplica.io/from-volume`,
    );
  if (replica.spec.source.access === 'Elevated' && !observed.isElevatedAllowed)
    return waits(
      'ElevatedNotAllowed',
      `the SyncReplica ${request.replica} is Elevated, which this namespace doesn't allow; have an administrator label it ${labels.allowElevated}=true`,
    );
  if (request.snapshot !== undefined) return { volume, targets: [] };
  return findTargets(observed, replica, volume);
};

const refuseClaim = ({ claim, request }: ObservedClaim): Told | undefined => {
  if (request.namespace !== undefined && request.namespace !== claim.metadata?.namespace)
    return waits(
      'OtherNamespace',
      `a claim is filled from a SyncReplica of its own namespace only; leave dataSourceRef.namespace (${request.namespace}) out, or make the claim there`,
    );
  if (claim.spec?.volumeMode === 'Block')
    return waits('BlockVolume', 'a replica is files: write volumeMode: Filesystem');
  if (claim.spec?.accessModes?.every((mode) => mode === 'ReadOnlyMany'))
    return waits('ReadOnlyClaim', 'a claim that nobody may write can’t be filled: add ReadWriteOnce or ReadWriteMany');
  return undefined;
};

const findTargets = (
  { claim, request, volumes }: ObservedClaim,
  replica: SyncReplica,
  volume: string,
): FillSource | Told => {
  const name = request.replica;
  const all = replica.spec.targets.map((target) => target.name);
  if (request.target !== undefined && !all.includes(request.target))
    return waits('TargetNotFound', `the SyncReplica ${name} has no target ${request.target}; it has ${listed(all)}`);
  const wanted = request.target === undefined ? all : [request.target];
  const told = new Set(volumes.get(volume)?.targets.map((target) => target.name));
  // What is copied beside its source may wait; what takes the source's place is what the source was last.
  const isCopy = volume !== claim.metadata?.name;
  const rows = replica.status?.volumes?.find((row) => row.name === volume)?.replicas ?? [];
  const usable = isCopy ? wanted.filter((target) => isWhole(rows.find((row) => row.target === target))) : wanted;
  if (usable.length === 0)
    return waits(
      'NoTargetInSync',
      `no target of the SyncReplica ${name} is in sync with ${volume} (${describe(wanted, rows)}); the claim is filled once one is`,
    );
  const missing = usable.filter((target) => !told.has(target));
  if (missing.length > 0)
    return waits(
      'TargetNotReady',
      `the SyncReplica ${name} does not offer ${listed(missing)} to be read yet: it is in use in place of its source, waits for its Secret, or learns its user from the first pod that mounts the claim; see its conditions, or name another target in the claim's annotation syncreplica.io/from-target`,
    );
  return { volume, targets: usable };
};

/** In sync, or, where nobody writes, whole when it was written last. */
const isWhole = (row: ReplicaStatusRow | undefined): boolean =>
  row !== undefined &&
  (row.inSync === true || (row.state !== 'Online' && row.state !== 'New' && row.lastFullPassTime !== undefined));

const describe = (targets: readonly string[], rows: readonly ReplicaStatusRow[]): string =>
  targets
    .map((target) => `${target} is ${rows.find((row) => row.target === target)?.state ?? 'not there yet'}`)
    .join(', ');

const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
