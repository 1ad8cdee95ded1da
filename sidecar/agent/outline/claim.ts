import { isBehind } from '../../protocol/compare-positions.ts';
import type { Position } from '../../protocol/control.ts';
import type { AgentNote } from '../link/notes/agent-note.ts';

/** That a target has all that an outline says of the source. Once true it stays so: the target gets only what came later. */
export interface Claim {
  /** The outline's id. */
  readonly outline: string;
  /** What decides what is replicated, and how: a digest of settings and program. */
  readonly rules: string;
  /** The last durable position when it was made. */
  readonly position: Position;
  /** When all was last compared. */
  readonly fullPassAt: number | null;
}

/** What an agent keeps of one target. */
export interface TargetState {
  /** The last epoch that we have had there: written down before anything is sent under it. */
  readonly epoch: number;
  /** The last position that the target acknowledged as durable. */
  readonly position: Position | null;
  readonly claim: Claim | null;
}

/** What a target says when it is reached for the first time. */
export interface TargetFacts {
  readonly epoch: number;
  readonly position: Position | null;
  readonly note: AgentNote | undefined;
  readonly rules: string;
}

export type Unproven = 'NoClaim' | 'OtherWriter' | 'TargetWentBack' | 'OtherRules' | 'DeletesHeld' | 'NeverCovered';

interface Check {
  readonly why: Unproven;
  readonly isSo: (claim: Claim, state: TargetState, facts: TargetFacts) => boolean;
}

/** In this order; the first that is so says why a claim does not count any more. */
const checks: readonly Check[] = [
  // Each writer, each promotion and each connection takes the next number: between ours and this one nobody had any.
  { why: 'OtherWriter', isSo: (_, { epoch }, facts) => facts.epoch !== epoch + 1 },
  { why: 'TargetWentBack', isSo: ({ position }, _, facts) => isBehind(facts.position, position) },
  { why: 'OtherRules', isSo: ({ rules }, _, facts) => rules !== facts.rules },
  { why: 'DeletesHeld', isSo: (_, __, { note }) => note?.held != null },
  { why: 'NeverCovered', isSo: (_, __, { note }) => note?.coveredAt == null },
];

/** Why a target may not have what the claim says; undefined where it has. Pure. */
export function judgeClaim(state: TargetState | undefined, facts: TargetFacts): Unproven | undefined {
  const claim = state?.claim;
  if (state === undefined || claim == null) return 'NoClaim';
  return checks.find(({ isSo }) => isSo(claim, state, facts))?.why;
}
