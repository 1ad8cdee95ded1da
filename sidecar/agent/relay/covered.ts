import type { ReplicaStatus } from '../../protocol/agent-status.ts';
import type { LeaseRequest } from '../../protocol/control.ts';
import type { Upstream } from './upstream.ts';

/** What a target is told at each renewal: how old it is at most, all the way to the source; nothing while it is not in sync. */
export const coveredBy = (
  { inSync, lagSeconds }: Pick<ReplicaStatus, 'inSync' | 'lagSeconds'>,
  upstream: Pick<Upstream, 'ageBefore'> | undefined,
): Pick<LeaseRequest, 'coveredMs'> => {
  if (!inSync) return {};
  const lagMs = lagSeconds * 1000;
  const coveredMs = upstream === undefined ? lagMs : upstream.ageBefore(lagMs);
  return coveredMs === undefined ? {} : { coveredMs: Math.ceil(coveredMs) };
};
