import { isBehind } from '../../../protocol/compare-positions.ts';
import type { Position } from '../../../protocol/control.ts';
import type { Link } from '../link.ts';

/** What is remembered of the last session with a target. */
export interface FormerSession {
  /** Of the receiver's life; undefined where it was none's. */
  readonly bootId: string | undefined;
  /** The last position that was acknowledged as durable. */
  readonly acknowledged: Position | null;
}

export interface LostMeanwhile {
  readonly anything: boolean;
  readonly unacknowledged: boolean;
}

/**
 * What a target may have lost while we were away: what it had not acknowledged, where another kernel runs there; anything, where
 * another wrote meanwhile, where nobody can tell, or where it has less than it had acknowledged, as a volume has that was put back
 * to an older state. Pure.
 */
export const judgeLost = (
  { bootId, acknowledged }: FormerSession,
  { life, continues, position }: Pick<Link, 'life' | 'continues' | 'position'>,
): LostMeanwhile => ({
  anything: life === null || !continues || isBehind(position, acknowledged),
  unacknowledged: life !== null && life.bootId !== bootId,
});
