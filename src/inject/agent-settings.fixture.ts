import type { AgentSettings } from './agent-container.ts';

/** What the tests inject with. */
export const agentTestSettings: AgentSettings = {
  image: 'ghcr.io/syncreplica/agent:0.1.0',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  extraEnv: [],
  version: '0.1.0',
  logLevel: 'info',
  resources: {
    requests: { cpu: '10m', memory: '64Mi' },
    limits: { cpu: '1', memory: '512Mi' },
    guaranteed: { cpu: '250m', memory: '256Mi' },
  },
  prometheusAnnotations: false,
  metricsTls: false,
};
