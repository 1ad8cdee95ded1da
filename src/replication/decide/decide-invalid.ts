import type { ConditionReason } from '../../api/conditions.ts';
import type { Observed } from '../observed.ts';
import { makeStatus } from '../status/status.ts';
import type { Plan } from './plan.ts';

/** The plan where nothing can be decided: what exists stays as it is, and the status says why. Pure. */
export const decideNothing = (observed: Observed, reason: ConditionReason, message: string, wallMs: number): Plan => ({
  finalizer: 'leave',
  apply: [],
  prune: [],
  rolls: [],
  orders: [],
  patchClaims: [],
  restarts: [],
  settings: new Map(),
  status: makeStatus({
    replica: observed.replica,
    verdicts: [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'Stalled', status: 'True', reason, message },
    ],
    rows: undefined,
    wallMs,
  }),
  memory: observed.memory,
  rows: [],
  transitions: [],
  refused: [],
  events: [],
  requeueAfterMs: undefined,
});
