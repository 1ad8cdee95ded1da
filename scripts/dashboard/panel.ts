/** One question to Prometheus; `legend` names its series. `instant` asks for now only. */
export interface PanelQuery {
  readonly expr: string;
  readonly legend: string;
  readonly instant?: boolean;
}

export interface BoardPanel {
  readonly title: string;
  readonly kind: 'stat' | 'timeseries' | 'table' | 'heatmap' | 'states';
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly description: string;
  readonly queries: readonly PanelQuery[];
  /** Of 24 columns. */
  readonly width: number;
  readonly height: number;
  /** From green over yellow to red, for a single figure. */
  readonly thresholds?: readonly [yellow: number, red: number];
}

export interface BoardRow {
  readonly title: string;
  readonly panels: readonly BoardPanel[];
}
