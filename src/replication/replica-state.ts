/** The states of one replica, a (source volume, target) pair. */
export const replicaStates = [
  'NonExistent',
  'New',
  'Online',
  'Offline',
  'Idle',
  'Promoted',
  'DeletionStarted',
  'DeletionSuccessful',
  'DeletionIneligible',
] as const;
export type ReplicaState = (typeof replicaStates)[number];

/** From which states each may be entered: these and no others. */
export const transitionsInto: Readonly<Record<ReplicaState, readonly ReplicaState[]>> = {
  New: ['NonExistent', 'Idle'],
  Online: ['New', 'Online', 'Offline', 'Idle', 'DeletionIneligible'],
  Offline: ['New', 'Online', 'Offline', 'Idle', 'Promoted', 'DeletionIneligible'],
  Idle: ['New', 'Online', 'Offline', 'DeletionIneligible'],
  Promoted: ['New', 'Online', 'Offline', 'Idle'],
  DeletionStarted: ['Offline'],
  DeletionSuccessful: ['DeletionStarted'],
  DeletionIneligible: ['DeletionStarted'],
  NonExistent: ['DeletionSuccessful'],
};

export const isTransitionValid = (from: ReplicaState, to: ReplicaState): boolean => transitionsInto[to].includes(from);

/** What is observed of one replica. */
export interface ReplicaFacts {
  /** The target is in the spec, the volume is found, and neither is being deleted. */
  readonly wanted: boolean;
  /** The target is in use in place of its source. */
  readonly promoted: boolean;
  /** No pod has the source volume: nobody writes, and nobody is missed. */
  readonly idle: boolean;
  /** The writer's heartbeat is younger than three of its intervals, the target is reached, and it is not paused. */
  readonly alive: boolean;
  /** The whole tree was once brought over. */
  readonly initialPassDone: boolean;
  /** How long it has been in its present state, ms. */
  readonly forMs: number;
  /** Of a deletion: what of it is left, and whether it can go now. */
  readonly deletion: 'Pending' | 'Blocked' | 'Done';
}

/** A replica that is new may take this long to give its first sign of life: three heartbeat intervals. */
export const heartbeatIntervalMs = 5_000;
export const heartbeatLimitMs = 3 * heartbeatIntervalMs;

/** The next state, one step at a time; the same state where nothing is to be done. */
export const nextState = (state: ReplicaState, facts: ReplicaFacts): ReplicaState => {
  if (facts.wanted && facts.promoted && isTransitionValid(state, 'Promoted')) return 'Promoted';
  switch (state) {
    case 'NonExistent':
      return facts.wanted ? 'New' : 'NonExistent';
    case 'New':
      if (!facts.wanted) return 'Offline';
      if (facts.idle) return 'Idle';
      if (facts.alive) return facts.initialPassDone ? 'Online' : 'New';
      return facts.forMs >= heartbeatLimitMs ? 'Offline' : 'New';
    case 'Online':
      if (facts.wanted && facts.idle) return 'Idle';
      return facts.wanted && facts.alive ? 'Online' : 'Offline';
    case 'Idle':
      if (!facts.wanted) return 'Offline';
      if (facts.idle) return 'Idle';
      if (facts.alive) return facts.initialPassDone ? 'Online' : 'New';
      // A pod that has just come is given the time that a new replica has.
      return facts.forMs >= heartbeatLimitMs ? 'Offline' : 'Idle';
    case 'Offline':
      if (!facts.wanted) return 'DeletionStarted';
      if (facts.idle) return 'Idle';
      return facts.alive && facts.initialPassDone ? 'Online' : 'Offline';
    case 'Promoted':
      return facts.wanted && facts.promoted ? 'Promoted' : 'Offline';
    case 'DeletionStarted':
      if (facts.deletion === 'Done') return 'DeletionSuccessful';
      return facts.deletion === 'Blocked' ? 'DeletionIneligible' : 'DeletionStarted';
    case 'DeletionIneligible':
      if (facts.wanted && facts.alive && facts.initialPassDone) return 'Online';
      return facts.wanted || facts.deletion !== 'Blocked' ? 'Offline' : 'DeletionIneligible';
    case 'DeletionSuccessful':
      return 'NonExistent';
  }
};

/** The state of a replica of which nothing is remembered, as when an operator starts: rebuilt from what is there. */
export const rebuildState = (facts: ReplicaFacts & { readonly existed: boolean }): ReplicaState => {
  if (!facts.existed) return 'NonExistent';
  if (!facts.wanted) return facts.deletion === 'Blocked' ? 'DeletionIneligible' : 'Offline';
  if (facts.promoted) return 'Promoted';
  if (facts.idle) return 'Idle';
  if (!facts.alive) return 'Offline';
  return facts.initialPassDone ? 'Online' : 'New';
};

export interface Transition {
  readonly from: ReplicaState;
  readonly to: ReplicaState;
}

export interface Advance {
  readonly state: ReplicaState;
  readonly transitions: readonly Transition[];
  /** One that was refused, which is a bug to be logged and counted. */
  readonly refused?: Transition;
}

/**
 * Follows the facts as far as they lead (a replica that is deleted while Online goes Offline first), one valid
 * transition at a time. A replica that came to its end may not begin again in the same breath.
 */
export const advance = (state: ReplicaState, facts: ReplicaFacts): Advance => {
  const transitions: Transition[] = [];
  let present = state;
  let forMs = facts.forMs;
  while (transitions.length < replicaStates.length) {
    const to = nextState(present, { ...facts, forMs });
    if (to === present) break;
    if (!isTransitionValid(present, to)) return { state: present, transitions, refused: { from: present, to } };
    transitions.push({ from: present, to });
    present = to;
    forMs = 0;
    if (to === 'NonExistent') break;
  }
  return { state: present, transitions };
};
