import { writeFileSync } from 'node:fs';
import type { Pod } from '../../cluster/objects.ts';
import { errorMessage } from '../../process/failure.ts';
import { formatYaml } from '../../terminal/yaml.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, withCluster } from '../open-cluster.ts';
import { fetchEvents } from '../show/events-verb.ts';
import { findLogSources, type LogSource, readLog } from '../show/logs-verb.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { judge } from './doctor-verb.ts';
import { gatherFacts } from './facts.ts';
import { redactLogLine, redactMessages } from './redact.ts';

const logLines = 500;
const sinceSeconds = 6 * 3600;

/** What matters of a pod: no environment, no arguments, no annotations but our own. */
const describePod = ({ metadata, spec, status }: Pod): object => ({
  name: metadata?.name,
  node: spec?.nodeName,
  phase: status?.phase,
  startTime: status?.startTime,
  containers: [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
    ({ name, image, ready, restartCount, state, lastState }) => ({
      name,
      image,
      ready,
      restartCount,
      state,
      lastState,
    }),
  ),
});

const logOf = async (cluster: Cluster, source: LogSource, withNames: boolean): Promise<object> => {
  const lines: unknown[] = [];
  try {
    const question = { sinceSeconds, tailLines: logLines };
    for await (const line of readLog(cluster, source, question)) lines.push(withNames ? line : redactLogLine(line));
  } catch (error) {
    return { ...source, failed: errorMessage(error) };
  }
  return { ...source, lines };
};

/** Everything in one YAML document. Secrets are never read; messages and logs are stripped of names of files unless asked. */
export const runReport: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const withNames = call.options.withFileNames === true;
    const { metadata, spec, status } = await fetchReplica(cluster, name);
    const facts = await gatherFacts(cluster, name);
    const sources = await findLogSources(cluster, name);
    const ours = new Set(sources.map(({ pod }) => pod));
    const told = {
      madeAt: new Date().toISOString(),
      syncReplica: { name, namespace: metadata.namespace, generation: metadata.generation, spec, status },
      findings: judge(facts),
      pods: facts.pods.filter(({ metadata: pod }) => ours.has(pod?.name ?? '')).map(describePod),
      events: (await fetchEvents(cluster, name)).map(({ reason, note, type, eventTime, series }) => ({
        reason,
        note,
        type,
        eventTime,
        series,
      })),
    };
    const logs = await Promise.all(sources.map((source) => logOf(cluster, source, withNames)));
    const text = formatYaml({ ...((withNames ? told : redactMessages(told)) as object), logs });
    if (typeof call.options.file !== 'string') return void process.stdout.write(text);
    writeFileSync(call.options.file, text, { mode: 0o600 });
    console.log(`wrote ${call.options.file}`);
  });
