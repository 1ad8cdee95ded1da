import type { ResolvedReaders } from '../../../api/resolved-spec.ts';
import { networkPolicies, secrets, services, statefulSets } from '../../../cluster/resources.ts';
import type { ReplicationConfig } from '../../observed.ts';
import { type DesiredObject, desired } from '../desired-object.ts';
import type { ReceiverMaterial } from '../material.ts';
import { readersHeadlessService, readersNetworkPolicy } from './readers-guards.ts';
import { type ReadersQuestion, readersStatefulSet } from './readers-stateful-set.ts';
import { type RelayQuestion, relaySecret } from './relay-secret.ts';

/** What a target's readers need, in the order in which it is applied. */
export const readersObjects = (
  question: Omit<ReadersQuestion, 'readers' | 'replicas'> &
    Pick<RelayQuestion, 'bundle' | 'settings'> & {
      readonly readers: ResolvedReaders | undefined;
      readonly receiver: ReceiverMaterial;
      readonly isWanted: boolean;
      readonly config: ReplicationConfig;
    },
): { readonly before: DesiredObject[]; readonly after: DesiredObject[] } => {
  const { replica, target, readers, receiver, isWanted } = question;
  const { relay } = receiver;
  if (readers === undefined || relay === undefined) return { before: [], after: [] };
  return {
    // The target's own receiver mounts it.
    before: [desired(secrets, relaySecret({ ...question, readers, receiver: { ...receiver, relay } }))],
    after: [
      desired(networkPolicies, readersNetworkPolicy(replica, target, question.config)),
      desired(services, readersHeadlessService(replica, target)),
      desired(statefulSets, readersStatefulSet({ ...question, readers, replicas: isWanted ? readers.replicas : 0 })),
    ],
  };
};
