import dotI, { type ResourceEvent, type ResourceEventType, type ResourceMeta } from '@dot-i/k8s-operator';
import type { ClusterClient } from './cluster/client.ts';
import type { KubeConfig } from './cluster/connection.ts';
import type { KubeObject } from './cluster/objects.ts';
import { apiVersionOf, type Resource } from './cluster/resources.ts';
import type { Clock } from './process/clock.ts';
import { errorMessage, Failure } from './process/failure.ts';
import type { Logger } from './process/logger.ts';
import { runReflector } from './runtime/reflector.ts';
import type { Store, StoreChange } from './runtime/store.ts';

/** What is watched, and where what was seen is kept. */
export interface Watched {
  readonly resource: Resource<KubeObject>;
  readonly labelSelector?: string | undefined;
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

/** The event that a handler of the base class is given, with what was there before. */
interface ChangeEvent extends ResourceEvent {
  readonly change: StoreChange<KubeObject>;
}

/**
 * The operator on the base class of @dot-i/k8s-operator, with its way of watching replaced: where that ends the process
 * on a failed watch, throws on an ERROR event, loses what a handler throws and repeats everything after a reconnect,
 * this lists and watches until it is stopped, tells real changes only, and logs and counts what a handler throws.
 * Its writes swallow refusals; here they go through the cluster client and throw.
 */
export class SyncReplicaOperator extends dotI.default {
  readonly #options: OperatorOptions;
  readonly #stopping = new AbortController();
  readonly #reflectors: Promise<void>[] = [];

  constructor(options: OperatorOptions) {
    super(adaptLogger(options.logger));
    this.#options = options;
    this.kubeConfig = options.kubeConfig;
  }

  /** Resolves when every watch has begun; `synced` of the stores tells when the first lists are in. */
  protected override async init(): Promise<void> {
    for (const { resource, onChange } of this.#options.watched) {
      const handle = async (event: ResourceEvent): Promise<void> => onChange((event as ChangeEvent).change);
      await this.watchResource(resource.group, resource.version, resource.plural, handle);
    }
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

  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const { client, clock, random, logger, failed } = this.#options;
    const { resource, labelSelector, store } = this.#find(group, version, plural);
    const id = `${plural}.${apiVersionOf(resource)}`;
    store.onChange((change) => {
      onEvent(toEvent(id, resource, change)).catch((error: unknown) => {
        failed?.(plural, 'handler');
        logger.error({ resource: id, err: error, reason: errorMessage(error) }, 'event handler failed');
      });
    });
    const reflector = runReflector({
      source: client.listAndWatch(resource, { namespace, labelSelector }),
      sink: store,
      clock,
      random,
      logger: logger.child({ resource: id }),
      signal: this.#stopping.signal,
      failed: (what) => failed?.(plural, what),
    });
    this.#reflectors.push(reflector);
  }

  /** @throws ClusterError, also where another write came first */
  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    return this.#writeStatus(meta, status);
  }

  /** @throws ClusterError, also where another write came first */
  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    return this.#writeStatus(meta, status);
  }

  /** @throws ClusterError, also where another write came first */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const { resource } = this.#findById(meta.id);
    const patch = { metadata: { finalizers, resourceVersion: meta.resourceVersion } };
    await this.#options.client.patch(resource, meta, patch);
  }

  async #writeStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { resource } = this.#findById(meta.id);
    const patch = { metadata: { resourceVersion: meta.resourceVersion }, status };
    const written = await this.#options.client.patchStatus(resource, meta, patch);
    return { ...meta, resourceVersion: written.metadata?.resourceVersion ?? meta.resourceVersion };
  }

  #find(group: string, version: string, plural: string): Watched {
    return this.#findById(`${plural}.${group ? `${group}/${version}` : version}`);
  }

  #findById(id: string): Watched {
    const found = this.#options.watched.find(({ resource }) => `${resource.plural}.${apiVersionOf(resource)}` === id);
    if (!found) throw new Failure('UnknownResource', `watch ${id}: it is not among the resources of this operator`);
    return found;
  }
}

const toEvent = (id: string, resource: Resource<KubeObject>, change: StoreChange<KubeObject>): ChangeEvent => {
  const { name = '', namespace, resourceVersion = '' } = change.object.metadata ?? {};
  const apiVersion = apiVersionOf(resource);
  const meta = { id, name, resourceVersion, apiVersion, kind: resource.kind, ...(namespace ? { namespace } : {}) };
  return { meta, type: change.type as ResourceEventType, object: change.object as never, change };
};

/** The base class logs whole sentences; they become fields of a constant message. */
const adaptLogger = (logger: Logger) => {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (text: string) => logger[level]({ text }, 'base class');
  return { debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') };
};
