import { labels, metricsTlsFlag, portNames } from '../../api/names.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import type { Pod } from '../../cluster/objects.ts';
import type { Cluster } from '../open-cluster.ts';
import type { Finding } from './finding.ts';

/** Values of one scrape by metric; of several series the greatest, and of ends the first. */
export type Figures = ReadonlyMap<string, number>;

/** Reads Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export const parseFigures = (lines: readonly string[]): Figures => {
  const figures = new Map<string, number>();
  for (const line of lines) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)/.exec(line);
    if (!match?.[1]) continue;
    const [, name] = match;
    const [value, before] = [Number(match[2]), figures.get(name)];
    const choose = name.endsWith('_expiry_timestamp_seconds') ? Math.min : Math.max;
    if (!Number.isNaN(value)) figures.set(name, before === undefined ? value : choose(value, before));
  }
  return figures;
};

/** Where a pod's agents, receivers or its operator show their metrics, as the proxy is asked: `name:port`, or `https:name:port`. */
const metricsPlaces = ({ metadata, spec }: Pod): readonly string[] => {
  const isOperator = metadata?.labels?.[labels.appComponent] === 'operator';
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(({ ports = [], args = [], env = [] }) =>
    ports.flatMap(({ name, containerPort }) => {
      if (name !== (isOperator ? 'metrics' : portNames.metrics)) return [];
      const isTls =
        args.includes(metricsTlsFlag) ||
        env.some((one) => one.name === 'SYNCREPLICA_METRICS_TLS' && one.value === 'true');
      return [`${isTls ? 'https:' : ''}${metadata?.name}:${containerPort}`];
    }),
  );
};

/** Asks each through the API server, which needs the right `get pods/proxy`; who does not answer has no figures. */
export const fetchFigures = async (
  { connection }: Cluster,
  pods: readonly Pod[],
  unknown: Finding[],
): Promise<ReadonlyMap<string, Figures>> => {
  const found = new Map<string, Figures>();
  let isForbidden = false;
  const askOne = async (pod: Pod, place: string): Promise<void> => {
    const { namespace = '', name = '' } = pod.metadata ?? {};
    const lines: string[] = [];
    try {
      const answer = connection.lines({
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/pods/${place}/proxy/metrics`,
        what: `read metrics of Pod ${namespace}/${name}`,
        idleTimeoutMs: 3_000,
      });
      for await (const line of answer) lines.push(line);
      found.set(`${namespace}/${name}`, parseFigures(lines));
    } catch (error) {
      isForbidden ||= isClusterError(error, 'forbidden');
      if (isClusterError(error, 'forbidden')) return;
      unknown.push({
        level: 'unknown',
        check: 'figures',
        about: `${namespace}/${name}`,
        message: 'its metrics can’t be read through the API server',
        remedy: 'look whether the pod runs, and whether a NetworkPolicy keeps the API server out',
      });
    }
  };
  const running = pods.filter(({ status }) => status?.phase === 'Running');
  await Promise.all(running.flatMap((pod) => metricsPlaces(pod).map((place) => askOne(pod, place))));
  if (isForbidden) {
    unknown.push({
      level: 'unknown',
      check: 'figures',
      about: 'cluster',
      message: 'watch limits and free room were not looked at: you may not get pods/proxy',
      remedy: 'the same figures are in Prometheus: syncreplica_watch_limit, syncreplica_receiver_volume_free_bytes',
    });
  }
  return found;
};
