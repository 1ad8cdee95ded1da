import { kind } from '../../api/names.ts';
import type { Event } from '../../cluster/objects.ts';
import { events } from '../../cluster/resources.ts';
import { type Cell, renderTable } from '../../terminal/table.ts';
import { type Paint, stdoutPaint } from '../../terminal/terminal.ts';
import { ageOf } from '../ages.ts';
import { formOf, printValue } from '../answer.ts';
import { type Cluster, withCluster } from '../open-cluster.ts';
import type { RunVerb } from '../verb.ts';

export const timeOf = ({ series, eventTime, metadata }: Event): string =>
  series?.lastObservedTime ?? eventTime ?? metadata?.creationTimestamp ?? '';

/** The Events about SyncReplicas, or about one of them, by time. */
export const fetchEvents = async (
  { client, namespace }: Cluster,
  name: string | undefined,
): Promise<readonly Event[]> => {
  const found = await client.list(events, { namespace, fieldSelector: selectorOf(name) });
  return found.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
};

const selectorOf = (name: string | undefined): string =>
  [`regarding.kind=${kind}`, ...(name === undefined ? [] : [`regarding.name=${name}`])].join(',');

export const renderEvents = (
  found: readonly Event[],
  withNamespace: boolean,
  nowMs: number,
  paint: Paint,
): readonly string[] => {
  const headings = ['LAST SEEN', 'TYPE', 'REASON', 'NAME', 'COUNT', 'WHAT HAPPENED'];
  const rows = found.map((event): Cell[] => [
    ...(withNamespace ? [event.metadata?.namespace ?? ''] : []),
    ageOf(timeOf(event), nowMs),
    event.type === 'Warning' ? { text: 'Warning', color: 'yellow' } : (event.type ?? ''),
    event.reason ?? '',
    event.regarding?.name ?? '',
    String(event.series?.count ?? 1),
    event.note ?? '',
  ]);
  return renderTable(withNamespace ? ['NAMESPACE', ...headings] : headings, rows, paint);
};

const follow = async (cluster: Cluster, name: string | undefined): Promise<void> => {
  const source = cluster.client.listAndWatch(events, {
    namespace: cluster.namespace,
    fieldSelector: selectorOf(name),
  });
  const never = new AbortController().signal;
  // The server ends a watch after some minutes: what is new since then is in the next list's version.
  for (;;) {
    let resourceVersion = '0';
    for await (const page of source.list(never)) resourceVersion = page.resourceVersion;
    for await (const { type, object } of source.watch(resourceVersion, never)) {
      if (type !== 'ADDED' && type !== 'MODIFIED') continue;
      const [, line = ''] = renderEvents([object], cluster.namespace === undefined, Date.now(), stdoutPaint());
      console.log(line);
    }
  }
};

export const runEvents: RunVerb = ({ name, options }) =>
  withCluster(options, async (cluster) => {
    const form = formOf(options.output, ['table', 'json', 'yaml', 'name']);
    const found = await fetchEvents(cluster, name);
    if (form === 'name') for (const { metadata } of found) console.log(`event.events.k8s.io/${metadata?.name}`);
    else if (form !== 'table') printValue(form, { apiVersion: 'v1', kind: 'List', items: found });
    else if (found.length === 0) console.error(`nothing was told in ${cluster.namespace ?? 'the cluster'} lately`);
    else console.log(renderEvents(found, cluster.namespace === undefined, Date.now(), stdoutPaint()).join('\n'));
    if (options.watch) await follow(cluster, name);
  });
