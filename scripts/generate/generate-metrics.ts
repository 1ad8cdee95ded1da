import type { ExposedMetric, Program } from './exposed-metrics.ts';

/** The unit that a name ends with, by https://prometheus.io/docs/practices/naming/. */
const unitOf = (name: string): string => {
  const [, unit] = /_(seconds|bytes|directories|changes|files|connections)(_total)?$/.exec(name) ?? [];
  if (unit !== undefined) return unit;
  if (/_timestamp_seconds/.test(name)) return 'seconds since 1970';
  return name.endsWith('_total') ? 'count' : '';
};

/** Labels whose values are a fixed set, which the reader has to know. */
const isFixed = (values: ReadonlySet<string>): boolean => ![...values].every((value) => value === '');

const cell = (text: string): string => text.replaceAll('|', '\\|');

const labelsOf = ({ labels }: ExposedMetric): string =>
  [...labels]
    .map(([label, values]) => `\`${label}\`${isFixed(values) ? ` (${[...values].sort().join(', ')})` : ''}`)
    .join(', ');

/** What one would ask first of a metric of this type. */
const exampleOf = ({ name, type, labels }: ExposedMetric): string => {
  const by = ['replica_namespace', 'replica', 'target'].filter((label) => labels.has(label));
  const [extra] = [...labels].filter(([, values]) => isFixed(values)).map(([label]) => label);
  const group = [...by, ...(extra === undefined ? [] : [extra])].join(', ');
  const sum = group === '' ? 'sum' : `sum by (${group})`;
  if (type === 'counter') return `${sum} (rate(${name}[5m]))`;
  if (type === 'histogram')
    return `histogram_quantile(0.99, sum by (${['le', ...by].join(', ')}) (rate(${name}_bucket[5m])))`;
  if (name.endsWith('timestamp_seconds')) return `time() - ${name}`;
  return by.length === 0 ? name : `max by (${by.join(', ')}) (${name})`;
};

const titles: Readonly<Record<Program, readonly string[]>> = {
  operator: [
    '## Operator',
    '',
    'Port `metrics`. Only the operator that leads has series about replicas. They last as long as the SyncReplica: also when the',
    'pod of an agent, and with it the agent’s own series, is gone.',
  ],
  agent: [
    '## Agent',
    '',
    'Port `srep-metrics` of an injected pod. `replica_namespace`, `replica` and `volume` are labels of every series in a cluster; on a plain',
    'machine there is `target` only.',
  ],
  receiver: [
    '## Receiver',
    '',
    'Port `srep-metrics` of a receiver’s pod. `replica_namespace`, `replica`, `volume` and `target` are labels of every series in a cluster; on a',
    'plain machine there are those that `--metrics-labels` gives.',
  ],
};

/** docs/metrics.md: every metric of every program, with type, unit, labels and a query to begin with. */
export const generateMetrics = (exposed: Readonly<Record<Program, readonly ExposedMetric[]>>): string =>
  [
    '# Metrics',
    '',
    'Lag is the age of the oldest change that is not yet on the target, 0 when nothing is pending: an idle volume never alerts. Counters start',
    'at 0; those of agents by `reason` begin with what happens first, which one scrape shows as 0. Series go with their object. No label and no',
    'page of an open port names a file.',
    '',
    ...(Object.keys(titles) as Program[]).flatMap((program) => [
      ...titles[program],
      '',
      '| metric | type | unit | labels | what it says | query |',
      '|---|---|---|---|---|---|',
      ...exposed[program].map(
        (metric) =>
          `| \`${metric.name}\` | ${metric.type} | ${unitOf(metric.name)} | ${labelsOf(metric)} | ${cell(metric.help)} | \`${exampleOf(metric)}\` |`,
      ),
      '',
    ]),
  ].join('\n');
