/** A long piece of work that is done over and over, in slices. */
export interface Round {
  start(): void;
  /** Works for about `ms`; answers whether there is more. */
  work(ms: number): boolean;
}

/** Short enough not to be felt by what waits for the event loop. */
const sliceMs = 2;
const restMs = 40;

/** How long to rest after a round that cost so much: it takes at most a four-hundredth of a core. */
export const pauseAfter = (costMs: number, shortestMs: number): number => Math.max(shortestMs, costMs * 400);

/** Repeats rounds until it is stopped by what it answers; the first begins after `shortestMs`. */
export const repeatInBackground = (round: Round, shortestMs: number): (() => void) => {
  let costMs = 0;
  const step = (): void => {
    const begun = performance.now();
    const more = round.work(sliceMs);
    costMs += performance.now() - begun;
    timer = setTimeout(more ? step : begin, more ? restMs : pauseAfter(costMs, shortestMs)).unref();
  };
  const begin = (): void => {
    costMs = 0;
    round.start();
    step();
  };
  let timer = setTimeout(begin, shortestMs).unref();
  return () => clearTimeout(timer);
};
