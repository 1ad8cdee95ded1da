import type { CheckpointStatus, VerificationStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { HistoryFigures } from '../../../sidecar/protocol/past/past.ts';
import { cutMessage } from '../../api/conditions.ts';
import { labels } from '../../api/names.ts';
import type { ReplicaStatusRow, VolumeStatusRow } from '../../api/schema/syncreplica.generated.ts';
import { isReader } from '../../pods/pod-state.ts';
import { isDeaf } from '../hearing.ts';
import { type Now, type Observed, type ReplicaMemory, replicaKey } from '../observed.ts';
import { advance, type ReplicaFacts, type ReplicaState, rebuildState, type Transition } from '../replica-state.ts';
import { judgeBehindSince } from './behind-since.ts';
import { judgeDeletion } from './deletion.ts';
import { seeUsers } from './last-users.ts';
import { readersRow } from './readers-view.ts';
import type { ReplicaView } from './replica-view.ts';
import { writtenRow } from './written-row.ts';

export interface ReplicaTransition extends Transition {
  readonly target: string;
  readonly volume: string;
}

/** One replica after this look, wanted or on its way out. */
export interface ReplicaRow {
  readonly key: string;
  readonly ordinal: number;
  readonly volume: string;
  readonly target: string;
  readonly state: ReplicaState;
  readonly inSync: boolean;
  /** Since when something is not on the target, wall clock, ms: see `judgeBehindSince`. */
  readonly behindSince?: number | undefined;
  readonly view: ReplicaView | undefined;
}

export interface RowsVerdict {
  readonly rows: readonly ReplicaRow[];
  readonly memory: ReadonlyMap<string, ReplicaMemory>;
  readonly transitions: readonly ReplicaTransition[];
  readonly refused: readonly ReplicaTransition[];
}

export interface MoveOptions {
  readonly deletionPolicy: 'Retain' | 'Delete';
  readonly isDeleting: boolean;
  /** Targets that are in use in place of their source. */
  readonly promoted: ReadonlySet<string>;
}

/** Moves every replica, wanted or left over, to the state that what is observed leads to. */
export const moveReplicas = (
  observed: Observed,
  views: readonly ReplicaView[],
  leftovers: readonly string[],
  { deletionPolicy, isDeleting, promoted }: MoveOptions,
  now: Now,
): RowsVerdict => {
  const transitions: ReplicaTransition[] = [];
  const refused: ReplicaTransition[] = [];
  const memory = new Map<string, ReplicaMemory>();
  const rows: ReplicaRow[] = [];
  for (const subject of subjectsOf(observed, views, leftovers)) {
    const { key, ordinal, volume, target, view, isLeftover } = subject;
    const before = observed.memory.get(key);
    const wanted = !isLeftover && !isDeleting;
    const isKept = isDeaf(observed, now) && wasOnline(observed, key, ordinal, target);
    const facts: ReplicaFacts = {
      wanted,
      promoted: promoted.has(target),
      idle: view?.volume.pods.length === 0,
      alive: view?.alive === true || isKept,
      initialPassDone: view?.initialPassDone === true || isKept,
      forMs: before ? now.monotonicMs - before.since : 0,
      deletion: wanted ? 'Pending' : judgeDeletion(observed, target, ordinal, deletionPolicy),
    };
    // What this process has not seen before is new, unless the process itself is.
    const isNew = wanted && observed.memory.size > 0;
    const start = before?.state ?? rebuildState({ ...facts, existed: !isNew && existed(observed, ordinal, target) });
    const moved = advance(start, facts);
    transitions.push(...moved.transitions.map((step) => ({ ...step, target, volume })));
    if (moved.refused) refused.push({ ...moved.refused, target, volume });
    if (moved.state === 'NonExistent') continue;
    const inSync = (moved.state === 'Online' || moved.state === 'Idle') && view?.inSync === true;
    // While nobody is there nobody can be late: the time of one that comes begins with it.
    const isSame = before && moved.transitions.length === 0 && !(moved.state === 'Idle' && facts.idle);
    const since = isSame ? before.since : now.monotonicMs;
    const behindSince = judgeBehindSince({
      before: before ? before.behindSince : writtenBehindSince(observed, ordinal, target),
      report: view?.report,
      inSync: view?.inSync === true,
      isPromoted: moved.state === 'Promoted',
      wallMs: now.wallMs,
    });
    const writer = writerOf(views, ordinal) ?? before?.writer;
    // What was not asked is told neither to have left nor, when it is heard again, to have joined.
    const isKnown = view?.hearing !== 'Unasked' || before === undefined;
    const compared =
      view?.initialPassDone === true ||
      (before?.compared ?? writtenRow(observed, ordinal, target)?.lastFullPassTime !== undefined);
    const told = isKnown ? inSync : before.inSync;
    const users = view ? seeUsers(observed, view.volume, before?.users, now.wallMs) : before?.users;
    memory.set(key, { state: moved.state, since, inSync: told, behindSince, writer, compared, users });
    rows.push({ key, ordinal, volume, target, state: moved.state, inSync, behindSince, view });
  }
  return { rows, memory, transitions, refused };
};

const writtenBehindSince = (observed: Observed, ordinal: number, target: string): number | undefined =>
  Date.parse(writtenRow(observed, ordinal, target)?.behindSince ?? '') || undefined;

/** By what is remembered, or by what a former leader wrote. */
const wasOnline = (observed: Observed, key: string, ordinal: number, target: string): boolean =>
  (observed.memory.get(key)?.state ?? writtenRow(observed, ordinal, target)?.state) === 'Online';

/** The pod whose agent writes a volume now; undefined while nobody does. */
const writerOf = (views: readonly (ReplicaView | undefined)[], ordinal: number): string | undefined =>
  views.find((view) => view?.volume.ordinal === ordinal && view.alive && view.pod !== undefined)?.pod;

interface Subject {
  readonly key: string;
  readonly ordinal: number;
  readonly volume: string;
  readonly target: string;
  readonly view: ReplicaView | undefined;
  readonly isLeftover: boolean;
}

const subjectsOf = (observed: Observed, views: readonly ReplicaView[], leftovers: readonly string[]): Subject[] => {
  const wanted = views.map((view): Subject => {
    const { key, volume, target } = view;
    return { key, ordinal: volume.ordinal, volume: volume.name, target, view, isLeftover: false };
  });
  const known = new Set(wanted.map(({ key }) => key));
  const left = new Map<string, Subject>();
  const add = (ordinal: number, volume: string, target: string): void => {
    const key = replicaKey(ordinal, target);
    if (!known.has(key) && !left.has(key) && leftovers.includes(target)) {
      left.set(key, { key, ordinal, volume, target, view: undefined, isLeftover: true });
    }
  };
  for (const { name, ordinal = 0, replicas = [] } of observed.replica.status?.volumes ?? []) {
    for (const { target } of replicas) add(ordinal, name, target);
  }
  for (const key of observed.memory.keys()) {
    const [ordinal, target = ''] = key.split('/');
    add(Number(ordinal), '', target);
  }
  for (const set of observed.owned.statefulSets) {
    if (isReader(set)) continue;
    const target = set.metadata?.labels?.[labels.target];
    for (let ordinal = 0; target && ordinal < (set.spec?.replicas ?? 0); ordinal += 1) add(ordinal, '', target);
  }
  return [...wanted, ...left.values()];
};

const existed = (observed: Observed, ordinal: number, target: string): boolean =>
  (observed.replica.status?.volumes ?? []).some(
    (row) => (row.ordinal ?? 0) === ordinal && row.replicas?.some((replica) => replica.target === target),
  ) || observed.owned.statefulSets.some((set) => set.metadata?.labels?.[labels.target] === target);

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const tenth = (seconds: number): number => Math.round(seconds * 10) / 10;

/** Rows of `status.volumes`, one for each source volume, in the order of their ordinals. */
export const statusRows = (rows: readonly ReplicaRow[]): VolumeStatusRow[] => {
  const volumes = new Map<number, ReplicaRow[]>();
  for (const row of rows) volumes.set(row.ordinal, [...(volumes.get(row.ordinal) ?? []), row]);
  return [...volumes.entries()]
    .sort(([a], [b]) => a - b)
    .map(([ordinal, replicas]) => {
      const writer = writerOf(
        replicas.map(({ view }) => view),
        ordinal,
      );
      const epoch = Math.max(
        0,
        ...replicas.flatMap(({ view }) => [view?.receiver?.epoch ?? 0, view?.report?.position?.epoch ?? 0]),
      );
      // Of a target that is leaving after a restart only the ordinal may be known; two rows must not share a name.
      const name = replicas.find(({ volume }) => volume !== '')?.volume ?? `#${ordinal}`;
      return {
        name,
        ordinal,
        ...(writer === undefined ? {} : { writer }),
        ...(epoch > 0 ? { epoch } : {}),
        replicas: replicas.map(replicaStatusRow),
      };
    });
};

const replicaStatusRow = ({ target, state, inSync, behindSince, view }: ReplicaRow): ReplicaStatusRow => {
  const report = view?.report;
  const receiver = view?.receiver;
  const position = report?.position ?? receiver?.position;
  const lastFullPass = report?.lastFullPassAt ?? receiver?.fullPassAt;
  const { progress, lastError } = report ?? {};
  return {
    target,
    state,
    inSync,
    ...(report?.link === 'Paused' ? { paused: true } : {}),
    ...(report ? { lagSeconds: tenth(report.lagSeconds), pending: report.pending } : {}),
    ...(behindSince === undefined ? {} : { behindSince: iso(behindSince) }),
    ...(position ? { position: { epoch: position.epoch, sequence: position.sequence } } : {}),
    ...(report?.lastSyncAt ? { lastSyncTime: iso(report.lastSyncAt) } : {}),
    ...(lastFullPass ? { lastFullPassTime: iso(lastFullPass) } : {}),
    ...readersRow(view?.readers),
    ...historyRow(receiver?.history),
    ...checkpointRow(report?.checkpoint),
    ...verificationRow(report?.verification),
    ...(progress
      ? {
          progress: {
            phase: progress.phase,
            filesDone: progress.filesDone,
            filesTotal: progress.filesTotal,
            bytesDone: progress.bytesDone,
            bytesTotal: progress.bytesTotal,
            ...(progress.etaSeconds === null ? {} : { etaSeconds: Math.round(progress.etaSeconds) }),
          },
        }
      : {}),
    ...(lastError
      ? { lastError: { reason: lastError.reason, message: cutMessage(lastError.message), time: iso(lastError.at) } }
      : {}),
  };
};

const historyRow = (history: HistoryFigures | undefined): Pick<ReplicaStatusRow, 'history'> => {
  if (!history) return {};
  const { oldestAt, checkpointAt, bytes, entries, shortened } = history;
  const oldest = oldestAt === null ? {} : { oldestTime: iso(oldestAt) };
  const last = checkpointAt === null ? {} : { checkpointTime: iso(checkpointAt) };
  const cut = shortened ? { shortenedTime: iso(shortened.at) } : {};
  return { history: { ...oldest, ...last, ...cut, bytes, entries } };
};

const checkpointRow = (checkpoint: CheckpointStatus | undefined): Pick<ReplicaStatusRow, 'checkpoint'> => {
  if (!checkpoint) return {};
  const { consistentAt, trouble, answered } = checkpoint;
  return {
    checkpoint: {
      ...(consistentAt === null ? {} : { consistentTime: iso(consistentAt) }),
      ...(trouble === null ? {} : { trouble: cutMessage(trouble) }),
      ...(answered === null ? {} : { answered: answered.slice(0, 256) }),
    },
  };
};

const verificationRow = (
  verification: VerificationStatus | undefined,
): Pick<ReplicaStatusRow, 'verifiedAt' | 'verification'> => {
  if (!verification) return {};
  const { verifiedAt, mode, entries, differences, found, repaired, samples, answered, trouble, running } = verification;
  return {
    ...(verifiedAt === null ? {} : { verifiedAt: iso(verifiedAt) }),
    verification: {
      ...(mode === null ? {} : { mode, entries }),
      differences,
      found,
      repaired,
      ...(samples.length === 0 ? {} : { samples: samples.map(cutMessage) }),
      ...(answered === null ? {} : { answered: answered.slice(0, 256) }),
      ...(trouble === null ? {} : { trouble: cutMessage(trouble) }),
      ...(running === null
        ? {}
        : {
            progress: {
              entriesDone: running.entriesDone,
              entriesTotal: running.entriesTotal,
              bytesDone: running.bytesDone,
            },
          }),
    },
  };
};
