import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { compareReports, type Novelty } from './compare-reports.ts';
import { type Reporter, type Reports, reporterKey } from './reports.ts';

/** What a receiver's answer says that was not known: of itself, and of those of its agents of which it says anything. */
export interface ReceiverNovelty {
  readonly own: Novelty;
  readonly agents: readonly (readonly [Reporter, Exclude<Novelty, 'nothing'>])[];
}

/** Keeps what a receiver answered, and what its agents handed over. `now` is monotonic, ms. */
export const putReceiverStatus = (
  reports: Reports,
  receiver: Reporter,
  status: VolumeStatus,
  now: number,
): ReceiverNovelty => {
  const novelties: [Reporter, Exclude<Novelty, 'nothing'>][] = [];
  const agents = (status.agents ?? []).map(({ ageMs, status: told }) => {
    const agent: Reporter = { ...receiver, kind: 'agent', pod: told.holder.split('/')[0] ?? '' };
    const key = reporterKey(agent);
    const handed = keepKnown(reports.agent(key)?.status, told);
    const novelty = reports.put(key, { at: now - ageMs, lookedAt: now, status: handed, isHanded: true });
    if (novelty !== 'nothing') novelties.push([agent, novelty]);
    return { ageMs, status: handed };
  });
  const own = reports.put(reporterKey(receiver), { at: now, lookedAt: now, status: { ...status, agents } });
  return { own, agents: novelties };
};

/** Thousands say the same every five seconds: what is known stays, and what was just read is garbage while it is young. */
const keepKnown = (known: AgentStatus | undefined, told: AgentStatus): AgentStatus =>
  known !== undefined && compareReports(known, told) === 'nothing' ? known : told;
