import type { ManagedTargetSpec } from '../api/schema/syncreplica.generated.ts';

type ReceiverSpec = NonNullable<ManagedTargetSpec['receiver']>;

/** What holds for every receiver whose target says nothing else; the chart's `receiver`. */
export interface ReceiverDefaults {
  readonly logLevel: string;
  readonly resources: object;
  readonly extraEnv: readonly object[];
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly nodeSelector: object;
  readonly tolerations: readonly object[];
  readonly affinity: object;
  readonly topologySpreadConstraints: readonly object[];
  readonly priorityClassName: string;
  readonly hostsAllow: readonly string[];
  readonly hostsDeny: readonly string[];
  /** 0: the program's own limit. */
  readonly maxConnections: number;
  readonly timeout: string;
  readonly list: boolean;
  readonly comment: string;
  readonly transferLog: boolean;
}

export const defaultReceiver: ReceiverDefaults = {
  logLevel: 'info',
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
  extraEnv: [],
  podLabels: {},
  podAnnotations: {},
  nodeSelector: {},
  tolerations: [],
  affinity: {},
  topologySpreadConstraints: [],
  priorityClassName: '',
  hostsAllow: [],
  hostsDeny: [],
  maxConnections: 0,
  timeout: '10m',
  list: false,
  comment: '',
  transferLog: false,
};

const isEmpty = (value: unknown): boolean => value === '' || Object.keys(value as object).length === 0;

/** Where receivers run, as in a pod's spec: what the target says, else what holds for all. */
export const receiverPlacement = (
  target: Readonly<Record<string, unknown>>,
  defaults: ReceiverDefaults,
): Readonly<Record<string, unknown>> => {
  const names = ['nodeSelector', 'tolerations', 'affinity', 'topologySpreadConstraints', 'priorityClassName'] as const;
  return Object.fromEntries(
    names
      .map((name) => [name, target[name] ?? (isEmpty(defaults[name]) ? undefined : defaults[name])])
      .filter(([, value]) => value !== undefined),
  );
};

/** The program's arguments: what the target says, else what holds for all. */
export const receiverArguments = (defaults: ReceiverDefaults, own: ReceiverSpec = {}): string[] => {
  const { logLevel, timeout, hostsAllow, hostsDeny, maxConnections, list, comment, transferLog } = {
    ...defaults,
    ...own,
  };
  return [
    `--log-level=${logLevel}`,
    `--timeout=${timeout}`,
    ...(hostsAllow.length > 0 ? [`--hosts-allow=${hostsAllow.join(',')}`] : []),
    ...(hostsDeny.length > 0 ? [`--hosts-deny=${hostsDeny.join(',')}`] : []),
    ...(maxConnections > 0 ? [`--max-connections=${maxConnections}`] : []),
    ...(own.readOnly ? ['--read-only'] : []),
    ...(list ? ['--list'] : []),
    ...(comment === '' ? [] : [`--comment=${comment}`]),
    ...(transferLog ? ['--transfer-log'] : []),
  ];
};
