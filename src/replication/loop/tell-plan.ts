import { agentContainerName, apiGroup, apiVersion, kind } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { EventEmitter } from '../../cluster/event-emitter.ts';
import type { Pod } from '../../cluster/objects.ts';
import type { Logger } from '../../process/log/logger.ts';
import type { Restart } from '../decide/find-restarts.ts';
import type { Plan } from '../decide/plan.ts';
import type { Observed } from '../observed.ts';
import { type EventReason, type ReplicaEvent, whyChanged } from '../status/told/replica-events.ts';
import { ownerOf, type PodOwner } from '../status/told/restart-advice.ts';
import type { ReplicationMetrics } from './replication-metrics.ts';

export interface Voices {
  readonly logger: Logger;
  readonly emitter: EventEmitter;
  readonly metrics: Pick<ReplicationMetrics, 'moved' | 'refused'>;
}

/** What was done that is in no plan: credentials that were replaced, and the workloads that were restarted. */
export interface DoneBesides {
  readonly replaced?: readonly string[] | undefined;
  readonly restarted?: readonly Restart[];
}

/** Says what a plan changes: in the log, in metrics and by Events. */
export const tellPlan = (
  { logger, emitter, metrics }: Voices,
  observed: Observed,
  plan: Plan,
  { replaced = [], restarted = [] }: DoneBesides = {},
): void => {
  const { replica } = observed;
  const key = `${replica.metadata.namespace}/${replica.metadata.name}`;
  for (const transition of plan.transitions) {
    const { from, to, target, volume } = transition;
    const why = whyChanged(transition, plan.rows);
    logger.info({ key, volume, target, from, to, ...(why === undefined ? {} : { why }) }, 'replica state changed');
  }
  for (const { from, to, target, volume } of plan.refused)
    logger.error({ key, volume, target, from, to }, 'replica state change refused');
  metrics.moved(plan.transitions);
  metrics.refused(plan.refused);
  const regarding = { apiVersion: `${apiGroup}/${apiVersion}`, kind, ...pick(replica) };
  const rotated: ReplicaEvent = {
    type: 'Normal',
    reason: 'CredentialsRotated',
    note: `replaced: ${replaced.join(', ')}; the old ones are good for a while`,
  };
  const again = restarted.map(
    ({ kind: of, name }): ReplicaEvent => ({
      type: 'Normal',
      reason: 'Restarted',
      note: `${of} ${name} is restarted once, so that its pods get their agent`,
    }),
  );
  for (const event of [...plan.events, ...(replaced.length > 0 ? [rotated] : []), ...again]) {
    void emitter.emit({ regarding, action: 'Replicate', ...event });
    // Who looks at a Deployment finds it there too.
    for (const owner of ownersOf(observed, event.reason)) {
      const { namespace } = replica.metadata;
      void emitter.emit({ regarding: { ...owner, namespace }, related: regarding, action: 'Replicate', ...event });
    }
  }
};

/** Of the pods that lack their agent, where that is told, else of those that have it. */
const ownersOf = ({ pods, missingSidecars, replica }: Observed, reason: EventReason): PodOwner[] => {
  const agent = agentContainerName(replica.metadata.name);
  const isMeant = ({ metadata, spec }: Pod): boolean =>
    reason === 'SidecarMissing' || reason === 'Restarted'
      ? missingSidecars.includes(metadata?.name ?? '')
      : (spec?.initContainers?.some(({ name }) => name === agent) ?? false);
  const owners = pods.filter(isMeant).flatMap((pod) => ownerOf(pod) ?? []);
  return [...new Map(owners.map((owner) => [`${owner.kind}/${owner.name}`, owner])).values()];
};

const pick = ({ metadata: { namespace, name, uid } }: SyncReplica) => ({ namespace, name, uid });
