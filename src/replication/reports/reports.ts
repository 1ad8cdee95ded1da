import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { createSharing } from '../../caches/share.ts';
import type { Report } from '../observed.ts';
import { heartbeatLimitMs } from '../replica-state.ts';
import { compareReports, type Novelty } from './compare-reports.ts';

/** Who reports, as a key: `agent/<namespace>/<pod>/<SyncReplica>` or `receiver/<namespace>/<pod>/<SyncReplica>`. */
export type ReporterKey = string;

export interface Reporter {
  readonly kind: 'agent' | 'receiver';
  readonly namespace: string;
  readonly pod: string;
  readonly replica: string;
}

export const reporterKey = ({ kind, namespace, pod, replica }: Reporter): ReporterKey =>
  [kind, namespace, pod, replica].join('/');

export const parseReporterKey = (key: ReporterKey): Reporter => {
  const [kind, namespace = '', pod = '', replica = ''] = key.split('/');
  return { kind: kind === 'receiver' ? 'receiver' : 'agent', namespace, pod, replica };
};

/** The last answer of everyone who was asked. Only this is kept: Prometheus keeps the history. */
export interface Reports {
  /** What of it was not known before. */
  put(key: ReporterKey, report: AnyReport): Novelty;
  /** Says that it was asked and did not answer. `askedAt` is when the question was put, monotonic ms. */
  unanswered(key: ReporterKey, askedAt: number): void;
  wasAsked(key: ReporterKey): boolean;
  /** It answered once, or did not in the time after which one is silent: a first question may be lost where thousands are put at once. */
  isJudged(key: ReporterKey): boolean;
  /** Did it ever answer? */
  wasHeard(key: ReporterKey): boolean;
  agent(key: ReporterKey): Report<AgentStatus> | undefined;
  receiver(key: ReporterKey): Report<VolumeStatus> | undefined;
  forget(key: ReporterKey): void;
  /** When the last of many was heard, monotonic ms; Infinity while few were asked. Who is silent is judged by it. */
  hearingAt(): number;
}

/** How many have to be silent at once to be no coincidence. */
const manyReporters = 10;
/** An age that is told twice differs by what the way takes. */
const sameMs = 1_000;

type AnyReport = Report<AgentStatus | VolumeStatus>;
const lookedAt = ({ at, lookedAt: until = at }: AnyReport): number => until;
const isSilent = (report: AnyReport): boolean => lookedAt(report) - report.at > heartbeatLimitMs;

export const createReports = (): Reports => {
  const reports = new Map<ReporterKey, AnyReport>();
  const asked = new Set<ReporterKey>();
  /** Of those who never answered: when the first question was put that got no answer. */
  const inVainSince = new Map<ReporterKey, number>();
  const givenUp = new Set<ReporterKey>();
  // Thousands of agents that have nothing to do say the same but for a few numbers.
  const share = createSharing();
  let heardAt = -Infinity;
  return {
    put(key, report) {
      const before = reports.get(key);
      asked.add(key);
      // Two receivers may tell of one agent: what is older says nothing. The same one tells the same again, to the millisecond.
      if (before && before.at - report.at > sameMs) return 'nothing';
      if (before && before.at >= report.at) {
        const known = { ...before, lookedAt: Math.max(lookedAt(before), lookedAt(report)) };
        reports.set(key, known);
        return isSilent(known) && !isSilent(before) ? 'news' : 'nothing';
      }
      reports.set(key, { ...report, status: share(report.status) });
      inVainSince.delete(key);
      heardAt = Math.max(heardAt, report.at);
      if (before && isSilent(report) && !isSilent(before)) return 'news';
      // Who comes back after a silence may say what it said before, and still it is alive again.
      if (before === undefined || report.at - before.at > heartbeatLimitMs) return 'news';
      return compareReports(before.status, report.status);
    },
    unanswered(key, askedAt) {
      asked.add(key);
      const before = reports.get(key);
      if (before) {
        reports.set(key, { ...before, lookedAt: Math.max(lookedAt(before), askedAt) });
        return;
      }
      const since = inVainSince.get(key) ?? askedAt;
      inVainSince.set(key, since);
      if (askedAt - since >= heartbeatLimitMs) givenUp.add(key);
    },
    wasAsked: (key) => asked.has(key),
    isJudged: (key) => reports.has(key) || givenUp.has(key),
    wasHeard: (key) => reports.has(key),
    agent: (key) => reports.get(key) as Report<AgentStatus> | undefined,
    receiver: (key) => reports.get(key) as Report<VolumeStatus> | undefined,
    forget(key) {
      reports.delete(key);
      asked.delete(key);
      inVainSince.delete(key);
      givenUp.delete(key);
    },
    hearingAt: () => (asked.size >= manyReporters ? heardAt : Infinity),
  };
};
