import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StatesBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { BoardPanel, BoardRow, PanelQuery } from './panel.ts';
import { stateWords } from './panels.ts';

const datasource = { type: 'prometheus', uid: '$datasource' };

const builders = {
  stat: () => new StatBuilder(),
  timeseries: () => new SeriesBuilder().fillOpacity(10).min(0),
  table: () => new TableBuilder(),
  heatmap: () => new HeatmapBuilder(),
  states: () => new StatesBuilder(),
} as const;

const makeQuery = ({ expr, legend, instant }: PanelQuery, index: number, kind: BoardPanel['kind']) => {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode(65 + index))
    .datasource(datasource)
    .expr(expr)
    .legendFormat(legend)
    .format(
      kind === 'heatmap'
        ? PromQueryFormat.Heatmap
        : kind === 'table'
          ? PromQueryFormat.Table
          : PromQueryFormat.TimeSeries,
    );
  return instant ? query.instant() : query.range();
};

const stateMapping = {
  type: 'value',
  options: Object.fromEntries(
    Object.entries(stateWords).map(([value, text], index) => [
      value,
      { text, color: ['blue', 'green', 'red', 'gray', 'purple'][index], index },
    ]),
  ),
} as ValueMapping;

const thresholdsOf = ([yellow, red]: readonly [number, number]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'green' },
    { value: yellow, color: 'yellow' },
    { value: red, color: 'red' },
  ]);

const makePanel = (panel: BoardPanel): Builder<Panel> => {
  const { kind, title, unit, description, width, height, thresholds, queries } = panel;
  const builder = builders[kind]()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .span(width)
    .height(height)
    .targets(queries.map((query, index) => makeQuery(query, index, kind)));
  if (thresholds) builder.thresholds(thresholdsOf(thresholds));
  if (kind === 'states') builder.mappings([stateMapping]);
  if (kind === 'table') {
    // Each query is a column of its own, beside the labels that they share.
    builder.withTransformation({ id: 'merge', options: {} }).withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        renameByName: Object.fromEntries(
          queries.map(({ legend }, index) => [`Value #${String.fromCharCode(65 + index)}`, legend]),
        ),
      },
    });
  }
  return builder;
};

const variable = (name: string, label: string, metric: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .query(`label_values(${metric})`)
    .datasource(datasource)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });

/** The board as Grafana imports it. */
export const makeDashboard = (rows: readonly BoardRow[]): object => {
  const dashboard = new DashboardBuilder('SyncReplica')
    .uid('syncreplica')
    .description('Which volume is behind, since when, and why.')
    .tags(['syncreplica'])
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('namespace', 'Namespace', 'syncreplica_expected_replicas, replica_namespace'))
    .withVariable(
      variable('replica', 'SyncReplica', 'syncreplica_expected_replicas{replica_namespace=~"$namespace"}, replica'),
    );
  for (const { title, panels } of rows) {
    dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(makePanel(panel));
  }
  return dashboard.build();
};
