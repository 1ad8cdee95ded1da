/** A counter whose series begin with their first event. */
export interface SparseCounter<T extends string> {
  inc(labels: Readonly<Record<T, string>>): void;
  remove(labels: Readonly<Record<T, string>>): void;
  /** To be called after each scrape. */
  scraped(): void;
}

/** What a counter of prom-client can do that is needed here. */
interface WholeCounter<T extends string> {
  inc(labels: Readonly<Record<T, string>>, value: number): void;
  remove(labels: Readonly<Record<T, string>>): void;
}

/**
 * One scrape shows a new series as 0, the next what was counted, so that the first event has a rate and what never happens
 * costs nothing: an agent knows dozens of reasons, and each would be a series for every target of every pod.
 */
export const makeSparse = <T extends string>(counter: WholeCounter<T>): SparseCounter<T> => {
  const known = new Set<string>();
  const held = new Map<string, { readonly labels: Readonly<Record<T, string>>; count: number }>();
  const keyOf = (labels: Readonly<Record<T, string>>): string => JSON.stringify(Object.entries(labels).sort());
  return {
    inc(labels) {
      const key = keyOf(labels);
      const waiting = held.get(key);
      if (waiting) waiting.count++;
      else if (known.has(key)) counter.inc(labels, 1);
      else {
        known.add(key);
        counter.inc(labels, 0);
        held.set(key, { labels, count: 1 });
      }
    },
    remove(labels) {
      const key = keyOf(labels);
      known.delete(key);
      held.delete(key);
      counter.remove(labels);
    },
    scraped() {
      for (const { labels, count } of held.values()) counter.inc(labels, count);
      held.clear();
    },
  };
};
