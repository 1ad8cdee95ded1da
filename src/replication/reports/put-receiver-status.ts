import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { type Reporter, type Reports, reporterKey } from './reports.ts';

/** Keeps what a receiver answered, and what its agents handed over. Returns those of whom it says something new. `now` is monotonic, ms. */
export const putReceiverStatus = (
  reports: Reports,
  receiver: Reporter,
  status: VolumeStatus,
  now: number,
): readonly Reporter[] => {
  const agents = (status.agents ?? []).flatMap(({ ageMs, status: handed }) => {
    const agent: Reporter = { ...receiver, kind: 'agent', pod: handed.holder.split('/')[0] ?? '' };
    return reports.put(reporterKey(agent), { at: now - ageMs, status: handed, isHanded: true }) ? [agent] : [];
  });
  return reports.put(reporterKey(receiver), { at: now, status }) ? [...agents, receiver] : agents;
};
