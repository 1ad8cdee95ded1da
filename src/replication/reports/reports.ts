import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import type { Report } from '../observed.ts';

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
  /** True where it says something else than before. */
  put(key: ReporterKey, report: Report<AgentStatus | VolumeStatus>): boolean;
  /** Says that an attempt was made, whatever came of it. */
  asked(key: ReporterKey): void;
  wasAsked(key: ReporterKey): boolean;
  /** Did it ever answer? */
  wasHeard(key: ReporterKey): boolean;
  agent(key: ReporterKey): Report<AgentStatus> | undefined;
  receiver(key: ReporterKey): Report<VolumeStatus> | undefined;
  forget(key: ReporterKey): void;
}

export const createReports = (): Reports => {
  const reports = new Map<ReporterKey, Report<AgentStatus | VolumeStatus>>();
  const asked = new Set<ReporterKey>();
  return {
    put(key, report) {
      const before = reports.get(key);
      asked.add(key);
      // Two receivers may tell of one agent: what is older says nothing.
      if (before && before.at > report.at) return false;
      reports.set(key, report);
      return before === undefined || tellingParts(before.status) !== tellingParts(report.status);
    },
    asked: (key) => {
      asked.add(key);
    },
    wasAsked: (key) => asked.has(key),
    wasHeard: (key) => reports.has(key),
    agent: (key) => reports.get(key) as Report<AgentStatus> | undefined,
    receiver: (key) => reports.get(key) as Report<VolumeStatus> | undefined,
    forget(key) {
      reports.delete(key);
      asked.delete(key);
    },
  };
};

/** Without what moves by itself: a lease that is renewed every few seconds says nothing new. Agents are told apart. */
const tellingParts = (status: AgentStatus | VolumeStatus): string =>
  JSON.stringify(status, (key, value: unknown) => {
    if (key === 'leaseExpiresInMs') return (value as number) > 0;
    return key === 'heartbeatAt' || key === 'freeBytes' || key === 'agents' ? undefined : value;
  });
