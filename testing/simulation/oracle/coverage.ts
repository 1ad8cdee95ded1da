import type { ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { ModelTarget } from '../models/model-target.ts';
import type { World } from '../world/world.ts';
import type { WorldPlan } from '../world/world-plan.ts';

/** Which situations histories have been in, and from which to which they went: to see that they reach what they are for. */
export class Coverage {
  readonly states = new Set<string>();
  readonly transitions = new Set<string>();
  /** By target. */
  readonly #last = new Map<string, string>();

  begin(): void {
    this.#last.clear();
  }

  note({ agent, targets, source, plan }: World): void {
    const isOther = source.root.mounted !== undefined;
    for (const [index, target] of targets.entries()) this.#note(agent?.status(index), target, plan, isOther);
  }

  #note(
    status: ReplicaStatus | undefined,
    { settings, network, receiver }: ModelTarget,
    plan: WorldPlan,
    isOther: boolean,
  ): void {
    const { data } = receiver;
    const { verification } = status ?? {};
    const state = [
      settings.kind,
      (settings.filter ?? plan.filter).exclude.length > 0 ? 'filtered' : '',
      receiver.isPromoted ? 'in use' : '',
      verification?.running == null ? '' : 'verifies',
      (verification?.differences ?? 0) > 0 ? 'differs' : '',
      status === undefined ? 'dead' : (status.notInSync?.reason ?? 'InSync'),
      status?.link,
      status?.lastError?.reason,
      status?.heldDeletes?.reason,
      status?.progress?.step,
      (status?.pending ?? 0) > 0 ? 'pending' : '',
      (status?.skipped.count ?? 0) > 0 ? 'skipped' : '',
      network.state,
      receiver.isUp ? 'up' : 'down',
      data.readOnly ? 'read-only' : data.capacity === 0 ? 'full' : '',
      isOther ? 'other root' : '',
    ].join(' ');
    const last = this.#last.get(settings.name) ?? '';
    if (state === last) return;
    this.states.add(state);
    this.transitions.add(`${last} → ${state}`);
    this.#last.set(settings.name, state);
  }

  addAll({ states, transitions }: { states: readonly string[]; transitions: readonly string[] }): void {
    for (const state of states) this.states.add(state);
    for (const transition of transitions) this.transitions.add(transition);
  }
}
