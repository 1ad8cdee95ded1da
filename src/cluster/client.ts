import { fieldManager as operatorsFieldManager } from '../api/names.ts';
import type { ListAndWatch, ListedPage, WatchLine } from '../runtime/reflector.ts';
import { ClusterError, isClusterError } from './cluster-error.ts';
import type { Connection } from './connection.ts';
import type { KubeObject } from './objects.ts';
import { apiVersionOf, pathOf, type Resource } from './resources.ts';

export interface ObjectName {
  /** Absent for what has no namespace. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** What the program does with the API server. Every call throws ClusterError; nothing is retried here. */
export interface ClusterClient {
  /** Undefined where it does not exist. */
  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, signal?: AbortSignal): Promise<T | undefined>;
  /** What is there when the call is made, not what a cache of the server's has. */
  list<T extends KubeObject>(resource: Resource<T>, selection?: Selection, signal?: AbortSignal): Promise<T[]>;
  /**
   * The resourceVersions of all, by name, as they are when the call is made; some hundred bytes an object. Undefined where the
   * kind's table doesn't tell them.
   */
  listVersions(
    resource: Resource<KubeObject>,
    namespace: string,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
  listAndWatch<T extends KubeObject>(resource: Resource<T>, selection?: Selection): ListAndWatch<T>;
  /**
   * Server-side apply under the one field manager. What is one's own takes over fields of others (`own`); what is not is refused
   * as `conflict` where somebody else says something different. A resourceVersion in it is refused when it is outdated.
   */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, whose: 'own' | 'new'): Promise<T>;
  /** With `dryRun` everything is judged and nothing is kept. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: { readonly dryRun: true }): Promise<T>;
  /** Refused as `conflict` when the object's resourceVersion is no longer the present one. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  /** JSON merge patch (RFC 7386); with a resourceVersion in it the patch is refused when that is outdated. */
  patch<T extends KubeObject>(resource: Resource<T>, name: ObjectName, patch: object): Promise<T>;
  patchStatus<T extends KubeObject>(resource: Resource<T>, name: ObjectName, patch: object): Promise<T>;
  /** In the background; false where there was nothing to delete. With `uid` only that very object. */
  delete<T extends KubeObject>(resource: Resource<T>, name: ObjectName, uid?: string): Promise<boolean>;
}

/** Of pods of 10 KB that is one MiB at a time: what was read is kept by the allocator for longer than it is needed. */
const pageSize = 100;
/** The server sends a bookmark every minute: longer silence means that nobody is there any more. */
const watchIdleMs = 150_000;

export const createClusterClient = (
  connection: Connection,
  random: () => number = Math.random,
  fieldManager: string = operatorsFieldManager,
): ClusterClient => {
  const say = (verb: string, resource: Resource<KubeObject>, name: ObjectName): string =>
    `${verb} ${resource.kind} ${name.namespace ? `${name.namespace}/` : ''}${name.name}`;

  const readPage = <T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    query: Record<string, string | number | undefined>,
    signal?: AbortSignal,
  ): Promise<{ items?: T[]; metadata?: { resourceVersion?: string; continue?: string } }> =>
    connection.send({
      method: 'GET',
      path: pathOf(resource, { namespace: selection.namespace }),
      query: { ...selectors(selection), ...query },
      signal,
      what: `list ${resource.plural}`,
    });

  async function* listPages<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    signal?: AbortSignal,
  ): AsyncGenerator<ListedPage<T>> {
    let next: string | undefined;
    do {
      const page = await readPage(resource, selection, { limit: pageSize, continue: next }, signal);
      next = page.metadata?.continue || undefined;
      yield { items: page.items ?? [], resourceVersion: page.metadata?.resourceVersion ?? '0' };
    } while (next !== undefined);
  }

  const write = <T extends KubeObject>(
    verb: string,
    method: 'POST' | 'PUT' | 'PATCH',
    resource: Resource<T>,
    name: ObjectName,
    body: object,
    more: { contentType?: string; query?: Record<string, string | boolean>; subresource?: string } = {},
  ): Promise<T> =>
    connection.send<T>({
      method,
      path: pathOf(resource, {
        namespace: name.namespace,
        ...(method === 'POST' ? {} : { name: name.name }),
        subresource: more.subresource,
      }),
      query: { fieldManager, ...more.query },
      ...(more.contentType ? { contentType: more.contentType } : {}),
      body,
      what: say(verb, resource, name),
    });

  const typed = <T extends KubeObject>(resource: Resource<T>, object: T): T => ({
    ...object,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  });
  const mergePatch = 'application/merge-patch+json';

  return {
    async get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, signal?: AbortSignal) {
      try {
        return await connection.send<T>({
          method: 'GET',
          path: pathOf(resource, name),
          signal,
          what: say('get', resource, name),
        });
      } catch (error) {
        if (isClusterError(error, 'notFound')) return undefined;
        throw error;
      }
    },
    async list<T extends KubeObject>(resource: Resource<T>, selection: Selection = {}, signal?: AbortSignal) {
      const pages: (readonly T[])[] = [];
      for await (const { items } of listPages(resource, selection, signal)) pages.push(items);
      return pages.flat();
    },
    async listVersions(resource, namespace, signal) {
      const table = await connection.send<ApiTable>({
        method: 'GET',
        path: pathOf(resource, { namespace }),
        query: { includeObject: 'None' },
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
        signal,
        what: `list versions of ${resource.plural}`,
      });
      return readVersions(table);
    },
    listAndWatch: <T extends KubeObject>(resource: Resource<T>, selection: Selection = {}): ListAndWatch<T> => ({
      list: (signal) => listPages(resource, selection, signal),
      watch: (resourceVersion, signal) =>
        connection.stream<WatchLine<T>>({
          method: 'GET',
          path: pathOf(resource, { namespace: selection.namespace }),
          query: {
            ...selectors(selection),
            watch: true,
            resourceVersion,
            allowWatchBookmarks: true,
            // As client-go: spread, so that not every watch of the cluster is renewed at once.
            timeoutSeconds: Math.round(300 * (1 + random())),
          },
          signal,
          idleTimeoutMs: watchIdleMs,
          what: `watch ${resource.plural}`,
        }),
      isExpired: (error) => isClusterError(error, 'expired'),
    }),
    apply: (resource, object, whose) =>
      write('apply', 'PATCH', resource, nameOf(object), typed(resource, object), {
        contentType: 'application/apply-patch+yaml',
        query: { force: whose === 'own' },
      }),
    create: (resource, object, options) =>
      write('create', 'POST', resource, nameOf(object), typed(resource, object), {
        query: options?.dryRun ? { dryRun: 'All' } : {},
      }),
    replace: (resource, object) => write('replace', 'PUT', resource, nameOf(object), typed(resource, object)),
    patch: (resource, name, patch) => write('patch', 'PATCH', resource, name, patch, { contentType: mergePatch }),
    patchStatus: (resource, name, patch) =>
      write('patch status of', 'PATCH', resource, name, patch, { contentType: mergePatch, subresource: 'status' }),
    async delete(resource, name, uid) {
      try {
        await connection.send({
          method: 'DELETE',
          path: pathOf(resource, name),
          body: { propagationPolicy: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) },
          what: say('delete', resource, name),
        });
        return true;
      } catch (error) {
        if (isClusterError(error, 'notFound')) return false;
        throw error;
      }
    },
  };
};

/** A meta.k8s.io/v1 Table: what `kubectl get` shows. */
interface ApiTable {
  readonly columnDefinitions?: readonly { readonly name: string }[];
  readonly rows?: readonly { readonly cells: readonly unknown[] }[];
}

/** The columns are those of the CustomResourceDefinition; that of an earlier version may still be in the cluster. */
const readVersions = ({ columnDefinitions = [], rows = [] }: ApiTable): Map<string, string> | undefined => {
  const [name, version] = ['Name', 'Version'].map((one) =>
    columnDefinitions.findIndex((column) => column.name === one),
  );
  if (name === undefined || version === undefined || name < 0 || version < 0) return undefined;
  return new Map(rows.map(({ cells }) => [String(cells[name]), String(cells[version])]));
};

const selectors = (selection: Selection): Record<string, string | undefined> => ({
  labelSelector: selection.labelSelector,
  fieldSelector: selection.fieldSelector,
});

const nameOf = (object: KubeObject): ObjectName => {
  const { name, generateName, namespace } = object.metadata ?? {};
  const given = name ?? generateName;
  if (given === undefined) throw new ClusterError('invalid', 'write object: it has no name');
  return { namespace, name: given };
};
