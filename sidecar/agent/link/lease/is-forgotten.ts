import type { Clock } from '../../../../src/process/clock.ts';

/** An answer that takes longer is doubted, ms. */
export const doubtAfterMs = 1_000;
/** Who answered on a new connection would have answered on a living one by then, ms. */
const graceMs = 500;

/**
 * Whether what lies between (a NAT box, a firewall) has forgotten our connections: what was asked on one that was kept stays
 * without an answer, while the same target answers on a new one. A target that hangs answers on neither; a slow one on both.
 */
export async function isForgotten(
  asked: Promise<unknown>,
  askAnew: () => Promise<unknown>,
  clock: Clock,
): Promise<boolean> {
  let isAnswered = false;
  const answered = asked.then(
    () => {
      isAnswered = true;
    },
    // A refusal, or an end of its own: whoever asked hears of it.
    () => {
      isAnswered = true;
    },
  );
  await Promise.race([answered, clock.sleep(doubtAfterMs)]);
  if (isAnswered) return false;
  const isThere = await askAnew().then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  await Promise.race([answered, clock.sleep(graceMs)]);
  return !isAnswered;
}
