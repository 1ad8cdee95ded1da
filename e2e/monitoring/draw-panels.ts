import * as echarts from 'echarts';
import type { BoardPanel } from '../../scripts/dashboard/panel.ts';
import { stateWords } from '../../scripts/dashboard/panels.ts';
import { formatBytes, formatSeconds } from '../../src/terminal/format-figures.ts';
import type { RangeSeries } from './local-prometheus.ts';

export interface RecordedPanel {
  readonly panel: BoardPanel;
  readonly series: readonly (RangeSeries & { readonly legend: string })[];
}

const columns = 2;
const cell = { width: 560, height: 290 };
const margin = { left: 78, right: 24, top: 76, bottom: 34 };
const palette = ['#3274d9', '#e02f44', '#56a64b', '#ff780a', '#8f3bb8', '#37872d'];

const nameOf = ({ legend, labels }: { readonly legend: string; readonly labels: RangeSeries['labels'] }): string =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');

const formatters: Readonly<Record<string, (value: number) => string>> = {
  s: formatSeconds,
  Bps: (value) => `${formatBytes(value)}/s`,
  cps: (value) => `${value}/s`,
  bytes: formatBytes,
  percentunit: (value) => `${Number((value * 100).toPrecision(2))} %`,
};

/** Grafana's panels as a picture without Grafana: the same queries, titles and units, drawn from recorded series. */
export const drawPanels = (recorded: readonly RecordedPanel[]): string => {
  const height = Math.ceil(recorded.length / columns) * cell.height;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: columns * cell.width, height });
  const first = Math.min(...recorded.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([at]) => at))));
  const parts = recorded.map((one, index) => drawOne(one, index, first));
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      title: parts.map(({ title }) => title),
      legend: parts.flatMap(({ legend }) => legend),
      grid: parts.map(({ grid }) => grid),
      xAxis: parts.map(({ xAxis }) => xAxis),
      yAxis: parts.map(({ yAxis }) => yAxis),
      visualMap: parts.flatMap(({ visualMap }) => visualMap),
      series: parts.flatMap(({ series }) => series),
    } as echarts.EChartsOption);
    return chart.renderToSVGString();
  } finally {
    // It keeps the process alive.
    chart.dispose();
  }
};

const drawOne = ({ panel, series }: RecordedPanel, index: number, first: number): Drawn => {
  const left = (index % columns) * cell.width;
  const top = Math.floor(index / columns) * cell.height;
  const base = {
    title: { text: panel.title, left: left + 12, top: top + 10, textStyle: { fontSize: 14 } },
    grid: {
      left: left + margin.left,
      top: top + margin.top,
      width: cell.width - margin.left - margin.right,
      height: cell.height - margin.top - margin.bottom,
    },
  };
  const axis = { gridIndex: index, axisLabel: { fontSize: 10, color: '#555' } };
  return panel.kind === 'heatmap'
    ? drawHeat(series, index, first, base, axis)
    : drawLines(panel, series, index, first, base, axis);
};

type Series = RecordedPanel['series'];
interface Base {
  readonly title: { readonly left: number; readonly top: number };
  readonly grid: object;
}
interface Drawn extends Base {
  readonly legend: readonly object[];
  readonly xAxis: object;
  readonly yAxis: object;
  readonly visualMap: readonly object[];
  readonly series: readonly object[];
}

const drawLines = (
  panel: BoardPanel,
  series: Series,
  index: number,
  first: number,
  base: Base,
  axis: object,
): Drawn => {
  const isStates = panel.kind === 'states';
  const format = isStates
    ? (value: number) => stateWords[value as keyof typeof stateWords] ?? ''
    : (formatters[panel.unit] ?? ((value: number) => String(value)));
  // A name is one panel's own: the chart would join those of two.
  const named = series.map((one) => ({ ...one, name: `${nameOf(one)}${'\u200b'.repeat(index)}` }));
  return {
    ...base,
    legend: [
      {
        data: named.map(({ name }) => name),
        left: base.title.left,
        top: base.title.top + 24,
        itemWidth: 14,
        itemHeight: 8,
        itemGap: 8,
        width: cell.width - 2 * margin.right,
        textStyle: { fontSize: 10 },
      },
    ],
    xAxis: {
      ...axis,
      type: 'value',
      min: 0,
      axisLabel: { fontSize: 10, color: '#555', formatter: (at: number) => `${at} s` },
    },
    yAxis: {
      ...axis,
      type: 'value',
      ...(isStates ? { min: 0, max: 5, interval: 1 } : { min: 0 }),
      axisLabel: { fontSize: 10, color: '#555', formatter: format },
    },
    visualMap: [],
    series: named.map(({ name, points }, place) => ({
      type: 'line',
      name,
      color: palette[place % palette.length],
      xAxisIndex: index,
      yAxisIndex: index,
      showSymbol: false,
      step: isStates ? 'end' : false,
      areaStyle: isStates ? undefined : { opacity: 0.08 },
      data: points.map(([at, value]) => [at - first, value]),
    })),
  };
};

/** Cumulative buckets of Prometheus as cells: how many fell between two bounds. */
const drawHeat = (series: Series, index: number, first: number, base: Base, axis: object): Drawn => {
  const bounds = series
    .filter(({ labels }) => labels.le !== '+Inf')
    .toSorted((a, b) => Number(a.labels.le) - Number(b.labels.le));
  const times = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const below = bounds.map(({ points }) => new Map(points));
  const cells = bounds.flatMap((_, row) =>
    times.map((at, column) => [column, row, Math.max(0, (below[row]?.get(at) ?? 0) - (below[row - 1]?.get(at) ?? 0))]),
  );
  return {
    ...base,
    legend: [],
    xAxis: { ...axis, type: 'category', data: times.map((at) => `${Math.round(at - first)} s`) },
    yAxis: { ...axis, type: 'category', data: bounds.map(({ labels }) => formatSeconds(Number(labels.le))) },
    visualMap: [
      {
        show: false,
        seriesId: 'heat',
        min: 0,
        max: cells.reduce((most, [, , value = 0]) => Math.max(most, value), 1),
        inRange: { color: ['#ffffff', '#c7e0ff', '#3274d9', '#1f4a8c'] },
        dimension: 2,
      },
    ],
    series: [{ type: 'heatmap', id: 'heat', xAxisIndex: index, yAxisIndex: index, data: cells }],
  };
};
