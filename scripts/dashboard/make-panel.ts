import type { BoardPanel, PanelQuery } from './panel.ts';

/** One figure. `thresholds`: from which on it is to be looked at, and bad. */
export const stat = (
  title: string,
  unit: string,
  description: string,
  expr: string,
  thresholds?: readonly [number, number],
): BoardPanel => ({
  title,
  kind: 'stat',
  unit,
  description,
  queries: [{ expr, legend: title }],
  width: 4,
  height: 4,
  ...(thresholds ? { thresholds } : {}),
});

/** Lines over time. */
export const series = (
  title: string,
  unit: string,
  description: string,
  queries: readonly PanelQuery[],
  width = 12,
): BoardPanel => ({ title, kind: 'timeseries', unit, description, queries, width, height: 8 });
