import { type FillReport, parseFillReport } from '../api/fill-report.ts';
import { annotations, fillName } from '../api/names.ts';
import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod } from '../cluster/objects.ts';
import { type FillSource, findSource } from './find-source.ts';
import type { ObservedClaim, Told } from './observed-claim.ts';

/** What is done about a claim at one look. Each can be cut off at any point: the next look finds where it was. */
export type PopulationStep = { readonly told?: Told } & (
  | { readonly kind: 'done' | 'wait' }
  /** The claim in its place, and the pod that fills it. */
  | { readonly kind: 'make'; readonly source: FillSource; readonly node: string | undefined }
  /** From where it was filled, on the claim: before it is bound, so that no agent starts without. */
  | { readonly kind: 'mark'; readonly restoredFrom: Readonly<Record<string, number>> }
  /** The filled volume becomes the claim's. */
  | { readonly kind: 'bind'; readonly volume: PersistentVolume }
  | { readonly kind: 'clear'; readonly pod?: Pod; readonly prime?: PersistentVolumeClaim }
);

/** The scheduler writes the node of the first pod here. */
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';

export const decidePopulation = (observed: ObservedClaim): PopulationStep => {
  const { claim, prime, pod, isEnabled } = observed;
  if (claim.spec?.volumeName) return afterBinding(observed);
  const stranger = [prime, pod].find((object) => object && !isOf(object, claim));
  if (stranger)
    return waits(
      'NameTaken',
      `${fillName(claim.metadata?.uid ?? '')} is there and was not made for this claim; delete it`,
    );
  const ended = pod && endOf(pod);
  if (pod && ended) return ended.outcome === 'failed' ? begunAnew(pod, ended) : takeOver(observed, ended);
  if (!isEnabled)
    return waits(
      'PopulatorOff',
      'no claim is filled from a SyncReplica before the chart is installed with volumePopulator.enabled=true',
    );
  const source = findSource(observed);
  if ('reason' in source) return { kind: 'wait', told: source };
  return pod && prime ? { kind: 'wait', ...describeTrouble(pod) } : begin(observed, source);
};

const waits = (reason: string, note: string): PopulationStep => ({
  kind: 'wait',
  told: { type: 'Warning', reason, note },
});

const begin = ({ claim, bindingMode, request, prime }: ObservedClaim, source: FillSource): PopulationStep => {
  if (bindingMode === undefined)
    return waits(
      'StorageClassNotFound',
      claim.spec?.storageClassName
        ? `the StorageClass ${claim.spec.storageClassName} doesn't exist`
        : 'the claim has no StorageClass and the cluster no default one; write storageClassName',
    );
  const node = claim.metadata?.annotations?.[selectedNodeAnnotation];
  // As every claim of such a class: until a pod wants it nobody knows where.
  if (bindingMode === 'WaitForFirstConsumer' && node === undefined) return { kind: 'wait' };
  // It may be lifted already, which is not done twice.
  if (request.snapshot !== undefined && prime) return { kind: 'clear', prime };
  const from = request.snapshot === undefined ? source.targets.join(', ') : `the snapshot ${request.snapshot}`;
  const note = `it is filled with ${source.volume} of the SyncReplica ${request.replica} from ${from}`;
  return { kind: 'make', source, node, told: { type: 'Normal', reason: 'Filling', note } };
};

/** How the pod ended; undefined while it has not. */
const endOf = ({ status }: Pod): FillReport | undefined => {
  if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') return undefined;
  const report = parseFillReport(status.containerStatuses?.[0]?.state?.terminated?.message);
  if (status.phase === 'Succeeded' && report) return report;
  const message = report?.outcome === 'failed' ? report.message : (status.message ?? status.reason ?? 'its pod ended');
  return { outcome: 'failed', reason: 'Ended', message };
};

const begunAnew = (pod: Pod, { message }: { readonly message: string }): PopulationStep => ({
  kind: 'clear',
  pod,
  told: { type: 'Warning', reason: 'FillFailed', note: `${message}; it is tried again` },
});

type Ended = Exclude<FillReport, { outcome: 'failed' }>;

const takeOver = ({ claim, prime, pod, volume }: ObservedClaim, ended: Ended): PopulationStep => {
  if (!prime) return { kind: 'clear', ...(pod ? { pod } : {}) };
  if (!volume) return { kind: 'wait' };
  if (claim.metadata?.annotations?.[annotations.restoredFrom] === undefined)
    return { kind: 'mark', restoredFrom: ended.outcome === 'filled' ? ended.from : {} };
  const { uid } = volume.spec?.claimRef ?? {};
  if (uid === claim.metadata?.uid) return { kind: 'wait' };
  if (uid !== prime.metadata?.uid)
    return waits('FillFailed', `the volume ${volume.metadata?.name} that was filled is of another claim now`);
  return { kind: 'bind', volume, told: { type: 'Normal', reason: 'Filled', note: describeEnd(ended) } };
};

const describeEnd = (ended: Ended): string => {
  if (ended.outcome === 'empty') return 'no target holds anything: the volume begins empty';
  const { target, coveredAt } = ended;
  const until = coveredAt === null ? '' : `, which holds all that happened until ${new Date(coveredAt).toISOString()}`;
  return `it was filled from ${target}${until}`;
};

/**
 * The volume binder looks at its own copy: while that still shows the filled volume as the other claim's, a deletion of that claim
 * would take the volume along. Once it calls that claim Lost it has seen whose the volume is.
 */
const afterBinding = ({ claim, prime, pod }: ObservedClaim): PopulationStep => {
  const isOurs = claim.metadata?.annotations?.[annotations.restoredFrom] !== undefined;
  if (!prime && !pod) return isOurs ? { kind: 'done' } : { kind: 'done', told: notAsked(claim) };
  const isSame = prime?.spec?.volumeName === claim.spec?.volumeName;
  if (prime && isSame && prime.status?.phase !== 'Lost') return { kind: 'wait' };
  return { kind: 'clear', ...(pod ? { pod } : {}), ...(prime ? { prime } : {}) };
};

const notAsked = ({ spec }: PersistentVolumeClaim): Told => ({
  type: 'Warning',
  reason: 'NotFilled',
  note: `the volume ${spec?.volumeName} was not filled: whoever provides ${spec?.storageClassName ?? 'it'} does not heed dataSourceRef; use a class whose CSI driver does, or restore: IfEmpty in the SyncReplica`,
});

const isOf = ({ metadata }: KubeObject, claim: PersistentVolumeClaim): boolean =>
  metadata?.ownerReferences?.some(({ uid }) => uid === claim.metadata?.uid) === true;

/** Why a pod that has not ended does not get on. */
const describeTrouble = ({ status }: Pod): { told?: Told } => {
  const [container] = status?.containerStatuses ?? [];
  const failed = parseFillReport(container?.lastState?.terminated?.message);
  const waiting = container?.state?.waiting;
  const unscheduled = status?.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  const note =
    failed?.outcome === 'failed'
      ? failed.message
      : waiting && waiting.reason !== 'ContainerCreating'
        ? `${waiting.reason}: ${waiting.message ?? ''}`
        : unscheduled && unscheduled.reason !== 'SchedulingGated'
          ? `its pod is not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ''}`
          : undefined;
  if (note === undefined) return {};
  return { told: { type: 'Warning', reason: 'FillFailed', note: `${note}; it is tried again` } };
};
