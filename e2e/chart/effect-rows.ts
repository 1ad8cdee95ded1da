/** What setting one value of the chart changes: where in which object what is to be found. */
export interface ValueEffect {
  /** As after `--set-json`. */
  readonly set: string;
  readonly kind: string;
  /** Keys from the object down; a number is an index, `*` any item. */
  readonly at: readonly (string | number)[];
  /** A pattern is looked for in what is found, as JSON. */
  readonly is: unknown;
  /** Other values without which it means nothing. */
  readonly with?: readonly string[];
}

export const pod = ['spec', 'template', 'spec'] as const;
export const operator = [...pod, 'containers', 0] as const;
export const inPod = (set: string, key: string, is: unknown): ValueEffect => ({
  set,
  kind: 'Deployment',
  at: [...pod, key],
  is,
});
/** A variable of the operator, found by its name. */
export const variable = (set: string, name: string, is: string): ValueEffect => ({
  set,
  kind: 'Deployment',
  at: [...operator, 'env', '*'],
  is: { name: `SYNCREPLICA_${name}`, value: is },
});
/** A part of a variable that holds JSON. */
export const receiver = (set: string, key: string, is: unknown): ValueEffect => ({
  set: `receiver.${set}`,
  kind: 'Deployment',
  at: [...operator, 'env', 'SYNCREPLICA_RECEIVER_DEFAULTS', key],
  is,
});
export const monitor = (part: 'podMonitor' | 'serviceMonitor', kind: string, endpoints: string): ValueEffect[] => {
  const on = [`monitoring.${part}.enabled=true`];
  const endpoint = ['spec', endpoints, 0];
  const one = (set: string, at: readonly (string | number)[], is: unknown): ValueEffect => ({
    set: `monitoring.${part}.${set}`,
    kind,
    at,
    is,
    with: on,
  });
  return [
    { set: on[0] as string, kind, at: ['kind'], is: kind },
    one('interval="7s"', [...endpoint, 'interval'], '7s'),
    one('scrapeTimeout="6s"', [...endpoint, 'scrapeTimeout'], '6s'),
    one('labels={"release":"prometheus"}', ['metadata', 'labels', 'release'], 'prometheus'),
    one('annotations={"a":"b"}', ['metadata', 'annotations', 'a'], 'b'),
    one('relabelings=[{"targetLabel":"x"}]', [...endpoint, 'relabelings'], [{ targetLabel: 'x' }]),
    one('metricRelabelings=[{"targetLabel":"y"}]', [...endpoint, 'metricRelabelings'], [{ targetLabel: 'y' }]),
    one('podTargetLabels=["team"]', ['spec', 'podTargetLabels'], ['team']),
    one('honorLabels=true', [...endpoint, 'honorLabels'], true),
  ];
};
export const digest = `sha256:${'a'.repeat(64)}`;
export const image = [...operator, 'image'];

/** A value of the alerts, seen in their rules. */
export const alert = (set: string, is: RegExp): ValueEffect => ({
  set: `monitoring.alerts.${set}`,
  kind: 'PrometheusRule',
  at: ['spec'],
  is,
  with: ['monitoring.alerts.enabled=true'],
});
/** A value of the board, seen in its ConfigMap. */
export const board = (set: string, at: readonly string[], is: unknown): ValueEffect => ({
  set: `monitoring.dashboard.${set}`,
  kind: 'ConfigMap',
  at: ['metadata', ...at],
  is,
  with: ['monitoring.dashboard.enabled=true'],
});
