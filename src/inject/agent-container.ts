import {
  agentContainerName,
  agentNoTokenVolume,
  agentPaths,
  agentSettingsVolume,
  agentStateVolume,
  metricsTlsFlag,
  portNames,
  settingsKey,
} from '../api/names.ts';
import type { Container, Pod } from '../pods/pod.ts';
import type { AgentPorts } from './agent-ports.ts';
import { agentSecurity } from './agent-security.ts';
import type { ResourceSettings } from './limits/agent-resources.ts';
import type { AgentPlacement } from './policy.ts';

export interface AgentSettings {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Named in the pod besides its own; they have to be in its namespace. */
  readonly imagePullSecrets: readonly string[];
  readonly extraEnv: readonly { readonly name: string }[];
  /** The operator's version, shown in the pod's status annotation. */
  readonly version: string;
  readonly logLevel: string;
  readonly resources: ResourceSettings;
  /** Add prometheus.io annotations to a pod that has none of its own. */
  readonly prometheusAnnotations: boolean;
  readonly metricsTls: boolean;
}

/** Where the ServiceAccount admission plugin mounts the token, unless something is mounted there already. */
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A week: a restore of a large volume is not to be ended by its own probe. */
const restoreProbeFailures = 604_800;

/**
 * The agent as a native sidecar: it starts before the application's containers and is stopped after them, so that their
 * last writes are sent. There is no readiness probe: trouble with replication must not take the application out of its
 * Service.

 */
export const agentContainer = (
  pod: Pod,
  agent: AgentPlacement,
  ports: AgentPorts,
  settings: AgentSettings,
): Container => ({
  name: agentContainerName(agent.replica),
  image: settings.image,
  imagePullPolicy: settings.imagePullPolicy,
  restartPolicy: 'Always',
  args: [
    'agent',
    `--config=${agentPaths.settings}/${settingsKey(sourceVolumeName(agent))}`,
    `--state-dir=${agentPaths.state}`,
    `--metrics=:${ports.metrics}`,
    `--api=:${ports.api}`,
    // Another pod of the same name, on another node maybe, is another writer.
    '--holder=$(POD_NAME)/$(POD_UID)',
    `--log-level=${settings.logLevel}`,
    ...(settings.metricsTls ? [metricsTlsFlag] : []),
  ],
  env: [
    fieldVariable('POD_NAME', 'metadata.name'),
    fieldVariable('POD_UID', 'metadata.uid'),
    ...settings.extraEnv.filter(({ name }) => !agent.extraEnv?.some((own) => own.name === name)),
    ...(agent.extraEnv ?? []),
  ],
  ports: [
    { name: portNames.metrics, ...port(pod, ports.metrics) },
    { name: portNames.api, ...port(pod, ports.api) },
  ],
  resources: agent.resources,
  securityContext: agentSecurity(pod, agent),
  // The whole volume, whatever subPath the application uses: a SyncReplica's path is relative to the volume.
  volumeMounts: [
    { name: agent.volume, mountPath: agentPaths.source, ...(agent.restore === 'IfEmpty' ? {} : { readOnly: true }) },
    { name: agentSettingsVolume(agent.replica), mountPath: agentPaths.settings, readOnly: true },
    { name: agentStateVolume(agent.replica), mountPath: agentPaths.state },
    { name: agentNoTokenVolume, mountPath: tokenPath, readOnly: true },
  ],
  ...(agent.restore === 'IfEmpty'
    ? {
        startupProbe: {
          httpGet: { path: '/readyz', port: ports.metrics, scheme: 'HTTP' },
          periodSeconds: 1,
          timeoutSeconds: 5,
          failureThreshold: restoreProbeFailures,
        },
      }
    : {}),
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'FallbackToLogsOnError',
});

const fieldVariable = (name: string, fieldPath: string): object => ({
  name,
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } },
});

/** As in the SyncReplica's status; the kubelet fills in a pod's name that isn't known yet. */
export const sourceVolumeName = ({ claim }: AgentPlacement): string => {
  if (claim === undefined) return '$(POD_NAME)';
  return claim.kind === 'fixed' ? claim.name : `$(POD_NAME)-${claim.suffix}`;
};

/** A pod in its node's network takes the node's ports; saying so keeps the scheduler from placing two on one node. */
const port = (pod: Pod, number: number): { containerPort: number; protocol: 'TCP'; hostPort?: number } => ({
  containerPort: number,
  ...(pod.spec.hostNetwork === true ? { hostPort: number } : {}),
  protocol: 'TCP',
});
