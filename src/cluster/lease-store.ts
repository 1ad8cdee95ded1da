import type { LeaseStore } from '../runtime/leader.ts';
import type { LeaseRecord } from '../runtime/lease.ts';
import type { ClusterClient } from './client.ts';
import { isClusterError } from './cluster-error.ts';
import type { Lease } from './objects.ts';
import { leases } from './resources.ts';

/** A Lease of coordination.k8s.io as client-go's LeaseLock writes it. */
export const createLeaseStore = (
  client: ClusterClient,
  where: { readonly namespace: string; readonly name: string },
): LeaseStore<Lease> => ({
  async read() {
    const lease = await client.get(leases, where);
    return lease && { record: recordOf(lease), handle: lease };
  },
  async write(record, handle) {
    const spec = {
      holderIdentity: record.holder,
      leaseDurationSeconds: Math.max(1, Math.round(record.durationMs / 1000)),
      acquireTime: microTime(record.acquiredAt),
      renewTime: microTime(record.renewedAt),
      leaseTransitions: record.transitions,
    };
    if (handle === undefined) await client.create(leases, { metadata: { ...where }, spec });
    else await client.replace(leases, { ...handle, spec: { ...handle.spec, ...spec } });
  },
  isConflict: (error) => isClusterError(error, 'conflict', 'alreadyExists'),
});

const recordOf = ({ spec }: Lease): LeaseRecord => ({
  holder: spec?.holderIdentity ?? '',
  durationMs: (spec?.leaseDurationSeconds ?? 0) * 1000,
  acquiredAt: Date.parse(spec?.acquireTime ?? '') || 0,
  renewedAt: Date.parse(spec?.renewTime ?? '') || 0,
  transitions: spec?.leaseTransitions ?? 0,
});

/** MicroTime wants six digits. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
