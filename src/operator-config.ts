import { ports } from './api/names.ts';
import { parseDuration } from './api/units/duration.ts';
import type { ResourceSettings } from './inject/limits/agent-resources.ts';
import { Failure } from './process/failure.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from './process/log/logger.ts';
import type { AddressRules } from './replication/external-address.ts';
import { defaultReceiver, type ReceiverDefaults } from './replication/receiver-defaults.ts';
import { defaultTrustTiming, type TrustTiming } from './trust/authorities.ts';

/** Settings of the operator's process; the chart sets the variables. */
export interface OperatorConfig {
  readonly podName: string;
  readonly namespace: string;
  /** Image of agents and receivers. */
  readonly agentImage: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly imagePullSecrets: readonly string[];
  readonly agentLogLevel: LogLevel;
  readonly agentResources: ResourceSettings;
  readonly agentExtraEnv: readonly { readonly name: string }[];
  readonly receiver: ReceiverDefaults;
  /** Users and groups of pods are given by the cluster (OpenShift): none that it didn't choose may be asked for. */
  readonly assignedUsers: boolean;
  /** It runs in the network of its nodes. */
  readonly hostNetwork: boolean;
  /** Only namespaces labelled `enabled` get agents. */
  readonly optIn: boolean;
  /** Claims are filled from SyncReplicas. */
  readonly volumePopulator: boolean;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly externalAddresses: AddressRules;
  readonly prometheusAnnotations: boolean;
  /** Metrics of operator, agents and receivers are answered over TLS only. */
  readonly metricsTls: boolean;
  readonly authoritySecret: string;
  readonly webhookService: string;
  readonly webhookConfiguration: string;
  readonly webhookCertificateFolder: string | undefined;
  readonly ports: { readonly metrics: number; readonly probes: number; readonly webhook: number };
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** SyncReplicas looked at, and agents and receivers asked, at a time. */
  readonly workers: number;
  readonly pollers: number;
  readonly trustTiming: TrustTiming;
}

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'SYNCREPLICA_';

const defaultAgentResources: ResourceSettings = {
  requests: { cpu: '10m', memory: '64Mi' },
  limits: { cpu: '1', memory: '512Mi' },
  guaranteed: { cpu: '250m', memory: '256Mi' },
};

/**
 * Reads the operator's settings. An empty variable is as one that is not set.
 * @throws Failure `ConfigInvalid` that names the variable
 */
export const readOperatorConfig = (environment: Environment): OperatorConfig => {
  const text = (name: string): string | undefined => environment[name] || undefined;
  const required = (name: string): string => text(name) ?? fail(name, 'it is not set');
  const choice = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const value = text(name) ?? fallback;
    return (allowed as readonly string[]).includes(value)
      ? (value as T)
      : fail(name, `it must be one of ${allowed.join(', ')}`);
  };
  const whole = (name: string, fallback: number, low: number, high: number): number => {
    const value = text(name) === undefined ? fallback : Number(text(name));
    return Number.isInteger(value) && value >= low && value <= high
      ? value
      : fail(name, `it must be a whole number from ${low} to ${high}`);
  };
  const json = <T>(name: string, fallback: T): T => {
    const value = text(name);
    if (value === undefined) return fallback;
    try {
      return JSON.parse(value) as T;
    } catch {
      return fail(name, 'it must be JSON');
    }
  };
  const list = (name: string): string[] =>
    (text(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const flag = (name: string): boolean => choice(name, ['true', 'false'], 'false') === 'true';
  const durationMs = (name: string, fallback: number): number => {
    const value = text(name);
    if (value === undefined) return fallback;
    return parseDuration(value) ?? fail(name, 'it must be a duration such as 90m');
  };
  const folder = text(`${prefix}WEBHOOK_CERTIFICATE_FOLDER`);
  return {
    podName: required('POD_NAME'),
    namespace: required('POD_NAMESPACE'),
    agentImage: required(`${prefix}AGENT_IMAGE`),
    imagePullPolicy: choice(`${prefix}IMAGE_PULL_POLICY`, ['Always', 'IfNotPresent', 'Never'], 'IfNotPresent'),
    imagePullSecrets: list(`${prefix}IMAGE_PULL_SECRETS`),
    agentLogLevel: choice(`${prefix}AGENT_LOG_LEVEL`, logLevels, 'info'),
    agentResources: json(`${prefix}AGENT_RESOURCES`, defaultAgentResources),
    agentExtraEnv: json(`${prefix}AGENT_EXTRA_ENV`, []),
    receiver: { ...defaultReceiver, ...json(`${prefix}RECEIVER_DEFAULTS`, {}) },
    assignedUsers: flag(`${prefix}ASSIGNED_USERS`),
    hostNetwork: flag(`${prefix}HOST_NETWORK`),
    optIn: choice(`${prefix}INJECTION`, ['OptIn', 'OptOut'], 'OptOut') === 'OptIn',
    volumePopulator: flag(`${prefix}VOLUME_POPULATOR`),
    watchNamespaces: list(`${prefix}WATCH_NAMESPACES`),
    externalAddresses: { allow: list(`${prefix}EXTERNAL_TARGETS_ALLOW`), apiServer: text('KUBERNETES_SERVICE_HOST') },
    prometheusAnnotations: flag(`${prefix}PROMETHEUS_ANNOTATIONS`),
    metricsTls: flag(`${prefix}METRICS_TLS`),
    authoritySecret: text(`${prefix}AUTHORITY_SECRET`) ?? 'syncreplica-authorities',
    webhookService: text(`${prefix}WEBHOOK_SERVICE`) ?? 'syncreplica-webhook',
    webhookConfiguration: text(`${prefix}WEBHOOK_CONFIGURATION`) ?? 'syncreplica',
    webhookCertificateFolder: folder,
    ports: {
      metrics: whole(`${prefix}METRICS_PORT`, ports.operatorMetrics, 0, 65_535),
      probes: whole(`${prefix}PROBES_PORT`, ports.operatorProbes, 0, 65_535),
      webhook: whole(`${prefix}WEBHOOK_PORT`, ports.webhook, 0, 65_535),
    },
    logLevel: choice(`${prefix}LOG_LEVEL`, logLevels, 'info'),
    logFormat: choice(`${prefix}LOG_FORMAT`, logFormats, 'json'),
    workers: whole(`${prefix}WORKERS`, 8, 1, 64),
    pollers: whole(`${prefix}POLLERS`, 128, 1, 512),
    trustTiming: {
      authorityLifeMs: durationMs(`${prefix}AUTHORITY_LIFE`, defaultTrustTiming.authorityLifeMs),
      leafLifeMs: durationMs(`${prefix}CERTIFICATE_LIFE`, defaultTrustTiming.leafLifeMs),
      announceMs: durationMs(`${prefix}AUTHORITY_ANNOUNCE`, defaultTrustTiming.announceMs),
    },
  };
};

const fail = (name: string, why: string): never => {
  throw new Failure('ConfigInvalid', `read configuration: ${name} is wrong: ${why}`, {
    hint: 'the chart sets every variable of the operator; look at the environment of its container',
  });
};
