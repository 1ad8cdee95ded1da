import type { ReflectorSink, Replacing } from './reflector.ts';

export interface Keyed {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

/** `namespace/name`, or `name` of what has no namespace. */
export const keyOf = (object: Keyed): string => {
  const { namespace, name = '' } = object.metadata ?? {};
  return namespace ? `${namespace}/${name}` : name;
};

export type StoreChange<T> =
  | { readonly type: 'ADDED'; readonly object: T; readonly before?: undefined }
  | { readonly type: 'MODIFIED'; readonly object: T; readonly before: T }
  | { readonly type: 'DELETED'; readonly object: T; readonly before?: undefined };

export interface StoreOptions<T> {
  /** Cuts an object down to what is read of it, before it is kept. */
  readonly trim?: (object: T) => T;
  /** Names of indexes, each giving the values under which an object is found. */
  readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>;
}

/** What a reflector saw last, by key and by index. */
export interface Store<T> extends ReflectorSink<T> {
  /** All of it at once. */
  replace(items: readonly T[]): void;
  get(key: string): T | undefined;
  list(): T[];
  /** The objects whose index `name` gave `value`. */
  byIndex(name: string, value: string): T[];
  /** Called for every real change, also for what a new list shows that no event told. */
  onChange(listen: (change: StoreChange<T>) => void): void;
  /** True once a first list was complete. */
  readonly synced: boolean;
  readonly size: number;
}

export const createStore = <T extends Keyed>(options: StoreOptions<T> = {}): Store<T> => {
  const trim = options.trim ?? ((object: T) => object);
  const objects = new Map<string, T>();
  const indexes = new Map<string, Map<string, Set<string>>>();
  const listeners: ((change: StoreChange<T>) => void)[] = [];
  let synced = false;

  const tell = (change: StoreChange<T>): void => {
    for (const listen of listeners) listen(change);
  };
  const index = (key: string, object: T, isAdded: boolean): void => {
    for (const [name, valuesOf] of Object.entries(options.indexes ?? {})) {
      const byValue = indexes.get(name) ?? new Map<string, Set<string>>();
      indexes.set(name, byValue);
      for (const value of valuesOf(object)) {
        const keys = byValue.get(value) ?? new Set<string>();
        if (isAdded) byValue.set(value, keys.add(key));
        else if (keys.delete(key) && keys.size === 0) byValue.delete(value);
      }
    }
  };
  const put = (incoming: T): void => {
    const key = keyOf(incoming);
    const before = objects.get(key);
    // A list after a broken watch repeats what is known; only what differs is a change.
    if (before && before.metadata?.resourceVersion === incoming.metadata?.resourceVersion) return;
    const object = trim(incoming);
    const isSame = before === undefined || before.metadata?.uid === object.metadata?.uid;
    if (before && !isSame) remove(before);
    else if (before) index(key, before, false);
    objects.set(key, object);
    index(key, object, true);
    tell(before && isSame ? { type: 'MODIFIED', object, before } : { type: 'ADDED', object });
  };
  const remove = (object: T): void => {
    const key = keyOf(object);
    const before = objects.get(key);
    if (!before) return;
    objects.delete(key);
    index(key, before, false);
    tell({ type: 'DELETED', object: before });
  };

  return {
    replacing() {
      const kept = new Set<string>();
      return {
        page(items) {
          for (const item of items) {
            kept.add(keyOf(item));
            put(item);
          }
        },
        done() {
          for (const [key, object] of [...objects]) if (!kept.has(key)) remove(object);
          synced = true;
        },
      } satisfies Replacing<T>;
    },
    replace(items) {
      const replacing = this.replacing();
      replacing.page(items);
      replacing.done();
    },
    apply: (type, object) => (type === 'DELETED' ? remove(object) : put(object)),
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex: (name, value) =>
      [...(indexes.get(name)?.get(value) ?? [])]
        .map((key) => objects.get(key))
        .filter((object) => object !== undefined),
    onChange: (listen) => void listeners.push(listen),
    get synced() {
      return synced;
    },
    get size() {
      return objects.size;
    },
  };
};
