/** A target that hangs keeps an agent that ends for so long, for the last position and again for the lease. */
export const farewellMs = 3_000;

/** Waits for what would be good to have, but no longer than `ms`; its failure is as good as its absence. */
export async function giveUpAfter(ms: number, wish: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([late, wish]);
  } catch {
    // The caller goes on either way.
  } finally {
    clearTimeout(timer);
  }
}
