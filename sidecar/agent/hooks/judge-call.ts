/** How a call ended. `retryAfterMs`: what the other side asked for. */
export type CallResult =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'written' }
  | { readonly kind: 'exited'; readonly code: number | null }
  | { readonly kind: 'failed'; readonly message: string };

export type CallVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs?: number | undefined }
  | { readonly kind: 'given-up'; readonly why: string };

/** A refusal may come from a service that is being changed just now; after so many it is meant. */
const refusalsAllowed = 5;

const waitsForBetter = new Set([408, 425, 429]);

/** What becomes of a batch; `tries` counts this call. Pure. */
export const judgeCall = (result: CallResult, tries: number): CallVerdict => {
  switch (result.kind) {
    case 'failed':
      return { kind: 'again', why: result.message };
    case 'written':
      return { kind: 'done' };
    case 'exited':
      return result.code === 0
        ? { kind: 'done' }
        : { kind: 'again', why: result.code === null ? 'it was killed' : `it ended with ${result.code}` };
    default: {
      const { status, retryAfterMs } = result;
      if (status >= 200 && status < 300) return { kind: 'done' };
      const why = `it answered ${status}`;
      if (status >= 500 || waitsForBetter.has(status)) return { kind: 'again', why, afterMs: retryAfterMs };
      return tries >= refusalsAllowed ? { kind: 'given-up', why } : { kind: 'again', why };
    }
  }
};
