import dotI from '@dot-i/k8s-operator';
import type { ClusterClient } from './cluster/client.ts';
import type { KubeConfig } from './cluster/connection.ts';
import type { KubeObject } from './cluster/objects.ts';
import { apiVersionOf, type Resource } from './cluster/resources.ts';
import type { Clock } from './process/clock.ts';
import { errorMessage } from './process/failure.ts';
import type { Logger } from './process/log/logger.ts';
import { partitionByNamespace } from './runtime/partition.ts';
import { type ReflectorSink, runReflector } from './runtime/reflector.ts';
import type { Store, StoreChange } from './runtime/store.ts';

/** What is watched, and where what was seen is kept. */
export interface Watched {
  readonly resource: Resource<KubeObject>;
  readonly labelSelector?: string | undefined;
  /** Those that are watched, each by itself; absent or empty: all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly store: Store<KubeObject>;
  /** Only puts keys on a queue: it runs in the middle of reading a watch. */
  onChange(change: StoreChange<KubeObject>): void;
}

export interface OperatorOptions {
  readonly kubeConfig: KubeConfig;
  readonly client: ClusterClient;
  readonly watched: readonly Watched[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  failed?(resource: string, what: 'list' | 'watch' | 'handler'): void;
}

/**
 * The operator: it starts what is watched, dispatches what changes, and stops. Of the base class it keeps that shape; its
 * own way of watching ends the process on a failed watch and repeats everything after a reconnect, so each resource is
 * kept by a reflector instead.
 */
export class SyncReplicaOperator extends dotI.default {
  readonly #options: OperatorOptions;
  readonly #stopping = new AbortController();
  #reflectors: readonly Promise<void>[] = [];

  constructor(options: OperatorOptions) {
    super(adaptLogger(options.logger));
    this.#options = options;
    this.kubeConfig = options.kubeConfig;
  }

  /** Resolves when every watch has begun; `synced` of the stores tells when the first lists are in. */
  protected override async init(): Promise<void> {
    this.#reflectors = this.#options.watched.flatMap((watched) => this.#watch(watched));
  }

  /** Ends every watch; resolves through `stopped`. */
  override stop(): void {
    this.#stopping.abort();
    super.stop();
  }

  /** Resolves when every watch has ended. */
  async stopped(): Promise<void> {
    await Promise.all(this.#reflectors);
  }

  #watch({ resource, labelSelector, namespaces = [], store, onChange }: Watched): Promise<void>[] {
    const { client, clock, random, logger, failed } = this.#options;
    const { plural } = resource;
    const id = `${plural}.${apiVersionOf(resource)}`;
    store.onChange((change) => {
      try {
        onChange(change);
      } catch (error) {
        failed?.(plural, 'handler');
        logger.error({ resource: id, err: error, reason: errorMessage(error) }, 'event handler failed');
      }
    });
    const sinks: Iterable<readonly [string | undefined, ReflectorSink<KubeObject>]> =
      namespaces.length === 0 || !resource.namespaced
        ? [[undefined, store]]
        : partitionByNamespace(store, namespaces).entries();
    return Array.from(sinks, ([namespace, sink]) =>
      runReflector({
        source: client.listAndWatch(resource, { namespace, labelSelector }),
        sink,
        clock,
        random,
        logger: logger.child({ resource: id, ...(namespace === undefined ? {} : { namespace }) }),
        signal: this.#stopping.signal,
        failed: (what) => failed?.(plural, what),
      }),
    );
  }
}

/** The base class logs whole sentences; they become fields of a constant message. */
const adaptLogger = (logger: Logger) => {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (text: string) => logger[level]({ text }, 'base class');
  return { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') };
};
