/** A gauge of which each of many things has a series, or with `by` one for each value of that label. */
export type WrittenGauge<T> = { readonly name: string; readonly help: string } & (
  | { readonly by?: undefined; readonly read: (thing: T) => number }
  | { readonly by: string; readonly read: (thing: T) => Readonly<Record<string, number>> }
);

/**
 * Gauges in Prometheus's text format, without what prom-client keeps for each series between two scrapes: for thousands of series that is
 * most of a scrape's time, and memory that nobody reads.
 */
export const writeGauges = <T>(
  things: Iterable<T>,
  labelsOf: (thing: T) => Readonly<Record<string, string>>,
  gauges: readonly WrittenGauge<T>[],
): string => {
  const lines = gauges.map(({ name, help }) => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]);
  for (const thing of things) {
    const labels = Object.entries(labelsOf(thing))
      .map(([label, value]) => writeLabel(label, value))
      .join(',');
    for (const [at, gauge] of gauges.entries())
      if (gauge.by === undefined) lines[at]?.push(`${gauge.name}{${labels}} ${gauge.read(thing)}`);
      else
        for (const [value, figure] of Object.entries(gauge.read(thing)))
          lines[at]?.push(`${gauge.name}{${labels},${writeLabel(gauge.by, value)}} ${figure}`);
  }
  return `${lines.map((own) => own.join('\n')).join('\n\n')}\n`;
};

const writeLabel = (label: string, value: string): string =>
  `${label}="${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;
