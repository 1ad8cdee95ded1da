import type { Position } from './control.ts';

/** Negative where `a` comes before `b`: a later writer is further, whatever it has counted so far. */
export const comparePositions = (a: Position, b: Position): number => a.epoch - b.epoch || a.sequence - b.sequence;

/** Whether a target says less than it has said: an older state of its volume was put back. */
export const isBehind = (said: Position | null, before: Position | null): boolean =>
  before !== null && (said === null || comparePositions(said, before) < 0);
