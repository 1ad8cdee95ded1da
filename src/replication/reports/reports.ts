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
  /** Of those who never answered: when the first and the last question were put. */
  const inVain = new Map<ReporterKey, { readonly first: number; readonly last: number }>();
  // Thousands of agents that have nothing to do say the same but for a few numbers.
  const share = createSharing();
  let heardAt = -Infinity;
  return {
    put(key, report) {
      const before = reports.get(key);
      inVain.delete(key);
      // Two receivers may tell of one agent: what is older says nothing. The same one tells the same again, to the millisecond.
      if (before && before.at - report.at > sameMs) return 'nothing';
      if (before && before.at >= report.at) {
        const known = { ...before, lookedAt: Math.max(lookedAt(before), lookedAt(report)) };
        reports.set(key, known);
        return isSilent(known) && !isSilent(before) ? 'news' : 'nothing';
      }
      reports.set(key, { ...report, status: share(report.status) });
      heardAt = Math.max(heardAt, report.at);
      if (before && isSilent(report) && !isSilent(before)) return 'news';
      // Who comes back after a silence may say what it said before, and still it is alive again.
      if (before === undefined || report.at - before.at > heartbeatLimitMs) return 'news';
      return compareReports(before.status, report.status);
    },
    unanswered(key, askedAt) {
      const before = reports.get(key);
      if (before) reports.set(key, { ...before, lookedAt: Math.max(lookedAt(before), askedAt) });
      else inVain.set(key, { first: inVain.get(key)?.first ?? askedAt, last: askedAt });
    },
    wasAsked: (key) => reports.has(key) || inVain.has(key),
    isJudged(key) {
      const { first, last } = inVain.get(key) ?? { first: 0, last: 0 };
      return reports.has(key) || last - first >= heartbeatLimitMs;
    },
    wasHeard: (key) => reports.has(key),
    agent: (key) => reports.get(key) as Report<AgentStatus> | undefined,
    receiver: (key) => reports.get(key) as Report<VolumeStatus> | undefined,
    forget(key) {
      reports.delete(key);
      inVain.delete(key);
    },
    hearingAt: () => (reports.size + inVain.size >= manyReporters ? heardAt : Infinity),
  };
};
