import type { LeaseAnswer, LeaseRequest } from '../../../protocol/control.ts';
import { receiverPartialArgs, receiverTransferArgs } from '../../../protocol/receiver-layout.ts';
import type { Link, LinkOptions } from '../link.ts';
import { readNote } from '../notes/agent-note.ts';

/** A connection gets an epoch of its own: what an earlier one began ends with that. */
export const leaseRequestOf = ({ stateDir: _, throttle: __, ...asked }: LinkOptions): LeaseRequest => ({
  ...asked,
  fresh: asked.epoch > 0,
  preserves: true,
});

/** What a receiver's lease says of the way to it; `epoch` is what its writer came with. */
export const linkByLease = (lease: LeaseAnswer, { epoch }: Pick<LinkOptions, 'epoch'>) =>
  ({
    targetArgs: receiverTransferArgs(lease.root),
    partialArgs: (path, isNew) => receiverPartialArgs(lease.root, path, isNew),
    epoch: lease.epoch,
    continues: lease.continues ?? lease.epoch === epoch,
    position: lease.position,
    life: { bootId: lease.bootId, instance: lease.instance },
    lineage: lease.lineage,
    timeGranularityNs: lease.timeGranularityNs,
    hasHistory: lease.hasHistory === true,
    note: readNote(lease.note),
    keepNote: undefined,
  }) satisfies Partial<Link>;
