import { agentContainerName, containers, labels } from '../../api/names.ts';
import { parseDuration } from '../../api/units/duration.ts';
import type { Pod } from '../../cluster/objects.ts';
import { pods } from '../../cluster/resources.ts';
import { Failure } from '../../process/failure.ts';
import { stdoutPaint } from '../../terminal/terminal.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, oneNamespace, withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { renderLogLine, timeOfLine } from './log-line.ts';

export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The agents and receivers of a SyncReplica, as containers that write logs. */
export const findLogSources = async (cluster: Cluster, replica: string): Promise<readonly LogSource[]> => {
  const namespace = oneNamespace(cluster);
  const agent = agentContainerName(replica);
  const ours = (pod: Pod): string | undefined => {
    if (pod.spec?.initContainers?.some(({ name }) => name === agent)) return agent;
    const { [labels.replica]: of, [labels.component]: component } = pod.metadata?.labels ?? {};
    return of === replica && component === 'receiver' ? containers.receiver : undefined;
  };
  const found = await cluster.client.list(pods, { namespace });
  return found.flatMap((pod) => {
    const container = ours(pod);
    return container === undefined ? [] : [{ namespace, pod: pod.metadata?.name ?? '', container }];
  });
};

export interface LogQuestion {
  readonly sinceSeconds: number;
  readonly follow?: boolean;
  readonly tailLines?: number;
}

/** The lines of one container. @throws ClusterError where it has not started, or may not be read */
export const readLog = ({ connection }: Cluster, source: LogSource, question: LogQuestion): AsyncIterable<string> => {
  const { namespace, pod, container } = source;
  return connection.lines({
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
    query: { container, ...question },
    what: `read log of ${container} of Pod ${namespace}/${pod}`,
    // Nobody writes for hours where nothing happens.
    idleTimeoutMs: question.follow ? 24 * 3_600_000 : 30_000,
  });
};

const defaultSinceMs = 3_600_000;

export const runLogs: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const { since, follow, raw } = call.options;
    const sinceMs = typeof since === 'string' ? parseDuration(since) : defaultSinceMs;
    if (sinceMs === undefined) throw new UsageFailure(`--since ${since}: write a duration such as 30m`);
    await fetchReplica(cluster, nameOf(call));
    const sources = await findLogSources(cluster, nameOf(call));
    if (sources.length === 0)
      throw new Failure('NoLogs', `read logs of ${nameOf(call)}: no agent and no receiver runs`, {
        hint: 'kubectl syncreplica doctor says why',
      });
    const paint = stdoutPaint();
    const question = { sinceSeconds: Math.max(1, Math.round(sinceMs / 1000)) };
    const show = (source: LogSource, line: string): void =>
      console.log(raw ? line : renderLogLine(source.pod, line, paint));
    if (follow) {
      await Promise.all(
        sources.map(async (source) => {
          for await (const line of readLog(cluster, source, { ...question, follow: true })) show(source, line);
        }),
      );
      return;
    }
    const all: { readonly source: LogSource; readonly line: string }[] = [];
    for (const source of sources)
      for await (const line of readLog(cluster, source, question)) all.push({ source, line });
    all.sort((a, b) => timeOfLine(a.line) - timeOfLine(b.line));
    for (const { source, line } of all) show(source, line);
  });
