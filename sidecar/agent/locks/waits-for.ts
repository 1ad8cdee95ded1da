/**
 * A cycle through `start` in a waits-for graph, or undefined. `waitsFor` names whom one waits for; nobody for those
 * who don't wait.
 */
export function findCycle<T extends object>(start: T, waitsFor: (waiter: T) => Iterable<T>): readonly T[] | undefined {
  const cameFrom = new Map<T, T>();
  const stack = [start];
  for (let at: T | undefined = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const next of waitsFor(at)) {
      if (next === start) {
        const cycle = [at];
        for (let back: T = at; back !== start; ) {
          back = cameFrom.get(back) as T;
          cycle.push(back);
        }
        return cycle.reverse();
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      stack.push(next);
    }
  }
  return undefined;
}
