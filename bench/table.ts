import type { Contender } from './contender.ts';
import type { Figure, Figures, Unit, Workload } from './workload.ts';

export interface Measured {
  readonly workload: Workload;
  /** By the contender's name. */
  readonly figures: ReadonlyMap<string, Figures>;
}

const digits: Readonly<Record<Unit, (value: number) => string>> = {
  ms: (value) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`,
  s: (value) => `${value.toFixed(value < 10 ? 2 : 1)} s`,
  MiB: (value) => `${value < 1 ? value.toPrecision(2) : value.toFixed(1)} MiB`,
  '%': (value) => `${value.toFixed(2)} %`,
  count: (value) => `${value}`,
};

/** A value and how many times ours it is. */
function cellOf(figure: Figure, value: number | string | undefined, ours: number | string | undefined): string {
  if (typeof value !== 'number') return value ?? '–';
  const text = digits[figure.unit](value);
  if (typeof ours !== 'number' || ours <= 0 || value === ours || figure.unit === 'count') return text;
  const ratio = value / ours;
  return `${text} (× ${ratio >= 10 ? Math.round(ratio).toLocaleString('en') : ratio.toFixed(ratio < 0.1 ? 2 : 1)})`;
}

/** A Markdown table; in brackets how many times the first contender's value. */
export function makeTable(measured: readonly Measured[], contenders: readonly Contender[]): string {
  const names = contenders.map(({ name }) => name);
  const lines = [`| work | figure | bar | ${names.join(' | ')} |`, `|---|---|---|${names.map(() => '---|').join('')}`];
  for (const { workload, figures } of measured) {
    workload.figures.forEach((figure, index) => {
      const ours = figures.get(names[0] ?? '')?.[figure.key];
      const cells = names.map((name) => cellOf(figure, figures.get(name)?.[figure.key], ours));
      const title = index === 0 ? workload.title : '';
      lines.push(`| ${title} | ${figure.title} | ${figure.bar ?? ''} | ${cells.join(' | ')} |`);
    });
  }
  return lines.join('\n');
}
