import type { AgentStatus, ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { receiverName } from '../../api/names.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import { type Hearing, judgeHearing } from '../hearing.ts';
import { type Now, type Observed, type Report, replicaKey } from '../observed.ts';
import { heartbeatLimitMs } from '../replica-state.ts';
import type { SourceVolume } from '../source-volumes.ts';
import { isOfLastUsers } from './last-users.ts';
import { type ReadersView, viewReaders } from './readers-view.ts';
import { writtenRow } from './written-row.ts';

/** What is known now of one replica, put together from all who report about it. */
export interface ReplicaView {
  readonly key: string;
  readonly volume: SourceVolume;
  readonly target: string;
  /** The agent whose report counts: the one that writes, else the last that was heard of. */
  readonly pod: string | undefined;
  readonly agent: AgentStatus | undefined;
  readonly report: ReplicaStatus | undefined;
  readonly receiver: VolumeStatus | undefined;
  /** Of the agent, or of its receiver where no agent counts; undefined where neither ever said anything that counts. */
  readonly hearing: Hearing | undefined;
  /** Changes flow, or would if there were any. */
  readonly alive: boolean;
  /** The spec says that nothing is sent. */
  readonly paused: boolean;
  readonly initialPassDone: boolean;
  readonly inSync: boolean;
  /** Of a target that has some. */
  readonly readers?: ReadersView;
}

/** The replicas that the spec asks for, volume by volume. */
export const viewReplicas = (
  observed: Observed,
  spec: ResolvedSpec,
  volumes: readonly SourceVolume[],
  now: Now,
): ReplicaView[] =>
  volumes.flatMap((volume) => spec.targets.map((target) => viewReplica(observed, spec, volume, target, now)));

const viewReplica = (
  observed: Observed,
  spec: ResolvedSpec,
  volume: SourceVolume,
  target: ResolvedSpec['targets'][number],
  now: Now,
): ReplicaView => {
  const hearingOf = (report: Report<unknown>): Hearing => judgeHearing(observed, report, now);
  const best = volume.pods
    .flatMap((pod) => {
      const found = observed.agents.get(pod);
      const report = found?.status.replicas.find((row) => row.target === target.name);
      const hearing = found && hearingOf(found);
      return found && report && hearing !== 'Silent'
        ? [{ pod, at: found.at, agent: found.status, report, hearing }]
        : [];
    })
    .sort((a, b) => rank(a.report) - rank(b.report) || b.at - a.at)[0];
  const receiverPod = `${receiverName(observed.replica.metadata.name, target.name)}-${volume.ordinal}`;
  const received = target.kind === 'managed' ? observed.receivers.get(receiverPod) : undefined;
  const receiverHearing = received && hearingOf(received);
  const receiver = receiverHearing !== 'Silent' ? received?.status : undefined;
  // An agent that this operator can't reach still shows itself by the lease that it renews at the receiver. A pause counts
  // once the agent says so: until then changes flow.
  const paused = spec.paused || target.overrides.paused === true;
  const alive = best ? best.report.link === 'Online' : !paused && (receiver?.leaseExpiresInMs ?? 0) > 0;
  return {
    key: replicaKey(volume.ordinal, target.name),
    volume,
    target: target.name,
    pod: best?.pod,
    agent: best?.agent,
    report: best?.report,
    receiver,
    hearing: best ? best.hearing : receiver && receiverHearing,
    alive,
    paused,
    ...(target.kind === 'managed' && target.readers
      ? { readers: viewReaders(observed, target.name, target.readers, now) }
      : {}),
    initialPassDone:
      best?.report.initialPassDone === true || best?.report.lastFullPassAt != null || receiver?.fullPassAt != null,
    inSync:
      volume.pods.length === 0
        ? (receiver !== undefined && endedInSync(observed, volume, received, target.name, now)) ||
          (spec.source.elsewhere === true && saysInSync(receiver))
        : alive &&
          best?.hearing === 'Heard' &&
          best.report.inSync === true &&
          best.report.lagSeconds * 1000 <= (target.overrides.maxLagMs ?? spec.maxLagMs),
  };
};

/** The last that wrote handed over at its end that everything had come through; else nobody knows. */
const endedInSync = (
  observed: Observed,
  { ordinal }: SourceVolume,
  receiver: Report<VolumeStatus> | undefined,
  target: string,
  now: Now,
): boolean => {
  const [last] = receiver?.status.agents ?? [];
  if (!receiver || !last || last.status.phase !== 'Stopping') return false;
  const word = { status: last.status, at: now.wallMs - (now.monotonicMs - receiver.at) - last.ageMs };
  return (
    last.status.replicas.some((row) => row.target === target && row.inSync) &&
    isOfLastUsers(word, observed.memory.get(replicaKey(ordinal, target))?.users, writtenRow(observed, ordinal, target))
  );
};

/** An agent of another installation, which calls the target by a name of its own. */
const saysInSync = (receiver: VolumeStatus | undefined): boolean =>
  (receiver?.agents ?? []).some(({ ageMs, status: { replicas, handedTo, phase } }) => {
    const row = replicas.find(({ target }) => target === handedTo);
    return phase === 'Watching' && ageMs <= heartbeatLimitMs && row?.link === 'Online' && row.inSync;
  });

const order = ['Online', 'Paused', 'Offline', 'Connecting'] as const;

/** Of several agents of one volume only one writes; the others are told that the lease is held. */
const rank = (report: ReplicaStatus): number =>
  order.indexOf(report.link) + (report.lastError?.reason === 'LeaseHeld' ? order.length : 0);
