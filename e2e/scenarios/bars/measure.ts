import { operatorNamespace } from '../../harness/chart.ts';
import type { Context, KubeObject } from '../../harness/scenario.ts';

/** The smallest figure that `share` of them don't exceed. */
export const quantile = (figures: readonly number[], share: number): number => {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

export const operatorPods = async (context: Context): Promise<readonly KubeObject[]> =>
  (await context.list('pods', operatorNamespace, 'app.kubernetes.io/name=syncreplica')).filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running',
  );

/** Resident memory of each operator's one process, MiB: now, and the most it ever was. */
export const operatorMemory = async (context: Context): Promise<{ now: number; most: number }[]> => {
  const pods = await operatorPods(context);
  return Promise.all(
    pods.map(async ({ metadata }) => {
      const where = { namespace: operatorNamespace, pod: metadata.name, container: 'operator' };
      const status = await context.exec(where, ['cat', '/proc/1/status']);
      const mib = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { now: mib('VmRSS'), most: mib('VmHWM') };
    }),
  );
};

const writes = 'bars-operator-writes';

/**
 * Has the API server count what the operator's service account writes, whatever it is: by a FlowSchema of its own, which has
 * a metric of its own. Gives a function that reads the count.
 */
export const countWrites = async (context: Context): Promise<() => Promise<number>> => {
  const [pod] = await operatorPods(context);
  const account = { name: pod.spec.serviceAccountName, namespace: operatorNamespace };
  await context.apply({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: writes },
    spec: {
      matchingPrecedence: 100,
      priorityLevelConfiguration: { name: 'workload-high' },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: account }],
          resourceRules: [
            {
              verbs: ['create', 'update', 'patch', 'delete'],
              apiGroups: ['*'],
              resources: ['*'],
              namespaces: ['*'],
              clusterScope: true,
            },
          ],
        },
      ],
    },
  });
  const line = new RegExp(
    `^apiserver_flowcontrol_dispatched_requests_total\\{flow_schema="${writes}",[^}]*\\} (\\S+)`,
    'm',
  );
  return async () => Number(line.exec(await context.kubectl(['get', '--raw', '/metrics']))?.[1] ?? 0);
};

export const forgetWrites = (context: Context): Promise<string> =>
  context.kubectl(['delete', 'flowschema', writes, '--ignore-not-found']);

/** Counts of a histogram of the operators by upper bound, all of them together. */
export const readBuckets = async (context: Context, metric: string): Promise<Map<number, number>> => {
  const buckets = new Map<number, number>();
  for (const { metadata } of await operatorPods(context)) {
    const path = `/api/v1/namespaces/${operatorNamespace}/pods/${metadata.name}:8080/proxy/metrics`;
    const text = await context.kubectl(['get', '--raw', path]);
    for (const [, bound = '', count] of text.matchAll(new RegExp(`^${metric}_bucket\\{le="([^"]+)"\\} (\\d+)`, 'gm'))) {
      const at = bound === '+Inf' ? Infinity : Number(bound);
      buckets.set(at, (buckets.get(at) ?? 0) + Number(count));
    }
  }
  return buckets;
};

/** The upper bound below which `share` of what came between two readings is, and how many came. */
export const boundOf = (
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  share: number,
): { bound: number; count: number } => {
  const grown = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
  const sorted = grown.sort(([a], [b]) => a - b);
  const count = sorted.at(-1)?.[1] ?? 0;
  return { count, bound: sorted.find(([, below]) => below >= share * count)?.[0] ?? Number.NaN };
};
