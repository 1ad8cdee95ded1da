import type { RescanReason } from '../change.ts';
import type { PassRequest } from './full-pass.ts';

/** Passes that nobody waits for: they look for what can't be known, so nothing is behind because of them. */
const routine: ReadonlySet<RescanReason> = new Set(['schedule', 'requested']);

/** Whether changes may be missing at the target until the pass is done. */
export function isOwed(request: PassRequest): boolean {
  return !routine.has(request.reason);
}

/** One pass that does what two were asked for. */
export function mergePasses(a: PassRequest, b: PassRequest): PassRequest {
  const whole = a.subtrees.includes('') || b.subtrees.includes('') || a.subtrees.length + b.subtrees.length > 100;
  const owed = isOwed(a) ? a : b;
  const since = [a.since, b.since].filter((at) => at !== undefined);
  return {
    subtrees: whole ? [''] : [...new Set([...a.subtrees, ...b.subtrees])],
    reason: owed.reason,
    sequence: Math.min(a.sequence, b.sequence),
    at: isOwed(a) && isOwed(b) ? Math.min(a.at, b.at) : owed.at,
    since: since.length === 0 ? undefined : Math.min(...since),
    sourceReplaced: a.sourceReplaced || b.sourceReplaced,
  };
}
