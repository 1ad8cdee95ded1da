import type { ReflectorSink } from './reflector.ts';
import { type Keyed, keyOf, type Store } from './store.ts';

/**
 * One sink for each namespace of a store that is filled by several lists: a new list of one says nothing of the others'
 * objects, and the store is in sync once every list was complete.
 */
export const partitionByNamespace = <T extends Keyed>(
  store: Store<T>,
  namespaces: readonly string[],
): Map<string, ReflectorSink<T>> => {
  const unread = new Set(namespaces);
  const sinkOf = (namespace: string): ReflectorSink<T> => ({
    apply: (type, object) => store.apply(type, object),
    replacing() {
      const kept = new Set<string>();
      return {
        page(items) {
          for (const item of items) {
            kept.add(keyOf(item));
            store.apply('MODIFIED', item);
          }
        },
        done() {
          const isGone = (object: T): boolean => object.metadata?.namespace === namespace && !kept.has(keyOf(object));
          for (const object of store.list().filter(isGone)) store.apply('DELETED', object);
          unread.delete(namespace);
          // What it holds is the whole truth now, and it learns so.
          if (unread.size === 0 && !store.synced) store.replace(store.list());
        },
      };
    },
  });
  return new Map(namespaces.map((namespace) => [namespace, sinkOf(namespace)]));
};
