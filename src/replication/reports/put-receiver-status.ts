import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import type { Novelty } from './compare-reports.ts';
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
  const agents = (status.agents ?? []).flatMap(({ ageMs, status: handed }) => {
    const agent: Reporter = { ...receiver, kind: 'agent', pod: handed.holder.split('/')[0] ?? '' };
    const novelty = reports.put(reporterKey(agent), { at: now - ageMs, lookedAt: now, status: handed, isHanded: true });
    return novelty === 'nothing' ? [] : [[agent, novelty] as const];
  });
  return { own: reports.put(reporterKey(receiver), { at: now, lookedAt: now, status }), agents };
};
