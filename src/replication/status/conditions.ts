import type { ConditionReason, ConditionVerdict } from '../../api/conditions.ts';
import { receiverName } from '../../api/names.ts';
import type { SourceVolume } from '../source-volumes.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';
import type { ConditionContext, Judge } from './judge.ts';
import { judgeCheckpoints } from './judges/judge-checkpoints.ts';
import { judgeDeletes } from './judges/judge-deletes.ts';
import { judgeInjected } from './judges/judge-injected.ts';
import { judgeOutdated } from './judges/judge-outdated.ts';
import { judgeProgress } from './judges/judge-progress.ts';
import { judgeSnapshots } from './judges/judge-snapshots.ts';
import { judgeVerified } from './judges/judge-verified.ts';
import { findTroubles } from './troubles.ts';
import { adviseUnheard } from './unheard.ts';

/** Every condition but Ready, which is judged from them. */
export const judgeConditions = (context: ConditionContext): ConditionVerdict[] => {
  const rest = [
    inSync,
    judgeInjected,
    targetsReady,
    progressing,
    judgeDeletes,
    judgeVerified,
    degraded,
    judgeOutdated,
  ].map((judge) => judge(context));
  const whole = ready(context, rest);
  return [whole, ...rest, ...judgeCheckpoints(context), ...judgeSnapshots(context), ...judgeProgress(context, whole)];
};

const ready = (
  { spec, rows, volumes, findings }: ConditionContext,
  rest: readonly ConditionVerdict[],
): ConditionVerdict => {
  const no = (reason: ConditionReason, message: string): ConditionVerdict => ({
    type: 'Ready',
    status: 'False',
    reason,
    message,
  });
  const amiss = findings.filter(({ waits }) => !waits);
  const [finding] = [...amiss.filter(({ blocks }) => blocks), ...amiss];
  if (finding) return no(finding.reason, finding.message);
  if (spec.paused)
    return no('Paused', 'nothing is sent while spec.paused is true; changes are kept and sent afterwards');
  const promoted = rows.find(({ state }) => state === 'Promoted');
  if (promoted)
    return no('Promoted', `${promoted.target} is in use in place of its source; see the condition Promoted`);
  const needed = rest.filter(({ type }) => type === 'Injected' || type === 'TargetsReady');
  const failing = needed.find(({ status }) => status === 'False');
  if (failing) return no(failing.reason, failing.message);
  const paused = spec.targets.filter(({ overrides }) => overrides.paused);
  const isPaused = (target: string): boolean => paused.some(({ name }) => name === target);
  const waiting = rows
    .filter(({ target }) => !isPaused(target))
    .find(({ state }) => state !== 'Online' && state !== 'Idle');
  if (waiting)
    return no('Waiting', `${waiting.volume} on ${waiting.target} is ${waiting.state}${describeError(waiting)}`);
  if (paused.length > 0)
    return no(
      'Paused',
      `nothing is sent to ${paused.map(({ name }) => name).join(', ')} while it is paused in spec.targets; changes are kept and sent afterwards`,
    );
  const isHeld = rest.some(({ type, status }) => type === 'DeletesHeld' && status === 'True');
  const held = isHeld ? ', but for deletions that are held: see the condition DeletesHeld' : '';
  const awaited = findings.find(({ waits }) => waits);
  if (awaited) return { type: 'Ready', status: 'True', reason: awaited.reason, message: awaited.message };
  if (volumes.length === 0)
    return {
      type: 'Ready',
      status: 'True',
      reason: 'NoPods',
      message: 'no pod matches podSelector yet; the replica begins with the first one',
    };
  const idle = rows.find(({ state }) => state === 'Idle');
  if (idle && spec.source.elsewhere)
    return {
      type: 'Ready',
      status: 'True',
      reason: 'AllInPlace',
      message: `every receiver is in place for agents elsewhere${held}`,
    };
  if (idle) {
    const undone = rows.filter(({ state }) => state === 'Idle').flatMap((row) => describeUndone(row) ?? [])[0];
    return {
      type: 'Ready',
      status: 'True',
      reason: 'NoPods',
      message: `everything is in place; no pod uses ${idle.volume} now, and the replica goes on with the next one${undone === undefined ? '' : `, but ${undone}`}${held}`,
    };
  }
  return { type: 'Ready', status: 'True', reason: 'AllInPlace', message: `every volume has its replicas${held}` };
};

const describeError = ({ view }: ReplicaRow): string =>
  view?.report?.lastError ? `: ${view.report.lastError.message}` : '';

const cutOff =
  'the operator hears no agent and no receiver at all: its own network is cut off, or its namespace’s NetworkPolicies don’t let it out';

const late =
  'not known: the operator is late in asking; see its processor time, and workqueue_queue_duration_seconds of reports';

const inSync: Judge = ({ isDeaf, spec, volumes, rows }) => {
  const short = volumes.find(
    ({ ordinal }) => rows.filter((row) => row.ordinal === ordinal && row.inSync).length < spec.minInSync,
  );
  if (volumes.length === 0)
    return { type: 'InSync', status: 'Unknown', reason: 'NoWriter', message: 'no source volume is known yet' };
  if (isDeaf && short)
    return { type: 'InSync', status: 'Unknown', reason: 'OperatorCutOff', message: `not known: ${cutOff}` };
  if (!short) {
    return {
      type: 'InSync',
      status: 'True',
      reason: 'EnoughInSync',
      message: `at least ${spec.minInSync} of ${spec.targets.length} replicas of each volume are in sync`,
    };
  }
  if (spec.source.elsewhere)
    return {
      type: 'InSync',
      status: 'Unknown',
      reason: 'NoWriter',
      message: 'no agent elsewhere says now that all that its source has is here',
    };
  if (short.pods.length === 0) return judgeUnused(short, rows);
  if (rows.some((row) => row.ordinal === short.ordinal && row.view?.hearing === 'Unasked'))
    return { type: 'InSync', status: 'Unknown', reason: 'OperatorLate', message: late };
  const count = rows.filter((row) => row.ordinal === short.ordinal && row.inSync).length;
  return {
    type: 'InSync',
    status: 'False',
    reason: 'TooFewInSync',
    message: `${short.name} has ${count} replicas in sync, minInSync is ${spec.minInSync}`,
  };
};

/** Nobody writes, and nobody says that all came through: what the last who did left undone is known, or nothing is. */
const judgeUnused = ({ name, ordinal }: SourceVolume, rows: readonly ReplicaRow[]): ConditionVerdict => {
  const own = rows.filter((row) => row.ordinal === ordinal);
  const owed = own.flatMap((row) => (row.behindSince === undefined ? [] : (describeUndone(row) ?? [])))[0];
  if (owed)
    return {
      type: 'InSync',
      status: 'False',
      reason: 'ChangesOwed',
      message: `no pod uses ${name} now, and ${owed}; the next one sends it`,
    };
  const never = own.flatMap((row) => describeUndone(row) ?? [])[0];
  return {
    type: 'InSync',
    status: 'Unknown',
    reason: 'NoWriter',
    message: never
      ? `no pod uses ${name} now, and ${never}`
      : `no pod uses ${name}: nobody can say whether its last changes came through`,
  };
};

/** What is known to be missing on a target while no pod uses its source. */
const describeUndone = ({ target, behindSince, view }: ReplicaRow): string | undefined => {
  if (behindSince !== undefined)
    return `what was written since ${new Date(behindSince).toISOString().replace(/\.\d+Z$/, 'Z')} is not on ${target}`;
  return view?.initialPassDone === false ? `it was never compared with ${target}` : undefined;
};

const targetsReady: Judge = ({ observed, spec, volumes, findings }) => {
  if (volumes.length === 0)
    return {
      type: 'TargetsReady',
      status: 'Unknown',
      reason: 'NoPods',
      message: 'how many receivers there have to be is known with the first pod',
    };
  const pull = findings.find(({ reason }) => reason === 'ImagePullFailed');
  if (pull) return { type: 'TargetsReady', status: 'False', reason: 'ImagePullFailed', message: pull.message };
  for (const { kind, name } of spec.targets) {
    if (kind !== 'managed') continue;
    const setName = receiverName(observed.replica.metadata.name, name);
    const set = observed.owned.statefulSets.find((one) => one.metadata?.name === setName);
    const [have, want] = [set?.status?.readyReplicas ?? 0, set?.spec?.replicas ?? 1];
    const isWhole = (set?.status?.replicas ?? 0) >= want;
    if (!set || have < want) {
      return {
        type: 'TargetsReady',
        status: 'False',
        reason: 'TargetsUnavailable',
        message: `target ${name}: ${have} of ${want} receivers are ready${isWhole ? '' : `; where pods are missing, kubectl describe statefulset ${setName} -n ${observed.replica.metadata.namespace} says why`}`,
      };
    }
  }
  return { type: 'TargetsReady', status: 'True', reason: 'TargetsAvailable', message: 'every receiver is ready' };
};

const progressing: Judge = ({ rows }) => {
  const restoring = rows.find(
    ({ view }) => view?.report?.progress?.phase === 'Restore' || view?.agent?.phase === 'Restoring',
  );
  if (restoring)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'Restoring',
      message: `${restoring.volume} is filled from ${restoring.target}`,
    };
  const first = rows.find(({ state }) => state === 'New');
  if (first)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'InitialPass',
      message: `the first pass of ${first.volume} to ${first.target} is under way`,
    };
  return { type: 'Progressing', status: 'False', reason: 'PassDone', message: 'no first pass is under way' };
};

const degraded: Judge = ({ observed, rows, unheard, isDeaf }) => {
  if (unheard.length > 0)
    return {
      type: 'Degraded',
      status: 'True',
      reason: 'AgentsUnreachable',
      message: adviseUnheard(
        unheard.slice(0, 3),
        observed.replica.metadata.namespace,
        observed.config.operatorNamespace,
      ),
    };
  if (isDeaf) return { type: 'Degraded', status: 'True', reason: 'OperatorCutOff', message: cutOff };
  const [worst] = findTroubles(rows);
  return worst
    ? { type: 'Degraded', status: 'True', ...worst }
    : { type: 'Degraded', status: 'False', reason: 'AsExpected', message: 'nothing is wrong' };
};
