import type { World } from '../world/world.ts';

/** Which situations histories have been in, and from which to which they went: to see that they reach what they are for. */
export class Coverage {
  readonly states = new Set<string>();
  readonly transitions = new Set<string>();
  #last = '';

  begin(): void {
    this.#last = '';
  }

  note({ agent, network, receiver, source }: World): void {
    const status = agent?.status();
    const { data } = receiver;
    const state = [
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
      source.root.mounted === undefined ? '' : 'other root',
    ].join(' ');
    if (state === this.#last) return;
    this.states.add(state);
    this.transitions.add(`${this.#last} → ${state}`);
    this.#last = state;
  }

  addAll({ states, transitions }: { states: readonly string[]; transitions: readonly string[] }): void {
    for (const state of states) this.states.add(state);
    for (const transition of transitions) this.transitions.add(transition);
  }
}
