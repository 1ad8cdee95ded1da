/** What setting one value of the chart changes: where in which object what is to be found. */
export interface ValueEffect {
  /** As after `--set-json`. */
  readonly set: string;
  readonly kind: string;
  /** Keys from the object down; a number is an index, `*` any item. */
  readonly at: readonly (string | number)[];
  readonly is: unknown;
  /** Other values without which it means nothing. */
  readonly with?: readonly string[];
}

const pod = ['spec', 'template', 'spec'] as const;
const operator = [...pod, 'containers', 0] as const;
const inPod = (set: string, key: string, is: unknown): ValueEffect => ({
  set,
  kind: 'Deployment',
  at: [...pod, key],
  is,
});
/** A variable of the operator, found by its name. */
const variable = (set: string, name: string, is: string): ValueEffect => ({
  set,
  kind: 'Deployment',
  at: [...operator, 'env', '*'],
  is: { name: `SYNCREPLICA_${name}`, value: is },
});
/** A part of a variable that holds JSON. */
const receiver = (set: string, key: string, is: unknown): ValueEffect => ({
  set: `receiver.${set}`,
  kind: 'Deployment',
  at: [...operator, 'env', 'SYNCREPLICA_RECEIVER_DEFAULTS', key],
  is,
});
const monitor = (part: 'podMonitor' | 'serviceMonitor', kind: string, endpoints: string): ValueEffect[] => {
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
const digest = `sha256:${'a'.repeat(64)}`;
const image = [...operator, 'image'];

/** One row at least for each value of the chart. */
export const valueEffects: readonly ValueEffect[] = [
  {
    set: 'global.imageRegistry="mirror.corp"',
    kind: 'Deployment',
    at: image,
    is: 'mirror.corp/syncreplica/operator:0.1.0',
  },
  inPod('global.imagePullSecrets=[{"name":"a"}]', 'imagePullSecrets', [{ name: 'a' }]),
  { set: 'nameOverride="mirror"', kind: 'Deployment', at: ['metadata', 'name'], is: 'syncreplica-mirror' },
  { set: 'fullnameOverride="rep"', kind: 'Deployment', at: ['metadata', 'name'], is: 'rep' },
  { set: 'commonLabels={"team":"x"}', kind: 'Service', at: ['metadata', 'labels', 'team'], is: 'x' },
  {
    set: 'commonAnnotations={"team":"x"}',
    kind: 'CustomResourceDefinition',
    at: ['metadata', 'annotations', 'team'],
    is: 'x',
  },
  { set: 'image.registry="r.corp"', kind: 'Deployment', at: image, is: 'r.corp/syncreplica/operator:0.1.0' },
  { set: 'image.tag="2"', kind: 'Deployment', at: image, is: 'ghcr.io/syncreplica/operator:2' },
  { set: 'image.pullPolicy="Always"', kind: 'Deployment', at: [...operator, 'imagePullPolicy'], is: 'Always' },
  variable('image.pullPolicy="Never"', 'IMAGE_PULL_POLICY', 'Never'),
  inPod('image.pullSecrets=["a",{"name":"b"}]', 'imagePullSecrets', [{ name: 'a' }, { name: 'b' }]),
  variable('image.pullSecrets=["a",{"name":"b"}]', 'IMAGE_PULL_SECRETS', 'a,b'),
  { set: 'image.operator.registry="o.corp"', kind: 'Deployment', at: image, is: 'o.corp/syncreplica/operator:0.1.0' },
  { set: 'image.operator.repository="x/y"', kind: 'Deployment', at: image, is: 'ghcr.io/x/y:0.1.0' },
  { set: 'image.operator.tag="3"', kind: 'Deployment', at: image, is: 'ghcr.io/syncreplica/operator:3' },
  {
    set: `image.operator.digest="${digest}"`,
    kind: 'Deployment',
    at: image,
    is: `ghcr.io/syncreplica/operator@${digest}`,
  },
  variable('image.agent.registry="a.corp"', 'AGENT_IMAGE', 'a.corp/syncreplica/agent:0.1.0'),
  variable('image.agent.repository="x/z"', 'AGENT_IMAGE', 'ghcr.io/x/z:0.1.0'),
  variable('image.agent.tag="4"', 'AGENT_IMAGE', 'ghcr.io/syncreplica/agent:4'),
  variable(`image.agent.digest="${digest}"`, 'AGENT_IMAGE', `ghcr.io/syncreplica/agent@${digest}`),
  { set: 'crds.enabled=false', kind: 'CustomResourceDefinition', at: [], is: undefined },
  {
    set: 'crds.keep=false',
    kind: 'CustomResourceDefinition',
    at: ['metadata', 'annotations', 'helm.sh/resource-policy'],
    is: undefined,
  },
  {
    set: 'crds.annotations={"a":"b"}',
    kind: 'CustomResourceDefinition',
    at: ['metadata', 'annotations', 'a'],
    is: 'b',
  },
  { set: 'replicas=3', kind: 'Deployment', at: ['spec', 'replicas'], is: 3 },
  { set: 'revisionHistoryLimit=1', kind: 'Deployment', at: ['spec', 'revisionHistoryLimit'], is: 1 },
  variable('logLevel="debug"', 'LOG_LEVEL', 'debug'),
  variable('logFormat="text"', 'LOG_FORMAT', 'text'),
  variable('workers=3', 'WORKERS', '3'),
  variable('pollers=9', 'POLLERS', '9'),
  variable('watchNamespaces=["a","b"]', 'WATCH_NAMESPACES', 'a,b'),
  {
    set: 'resources={"limits":{"memory":"1Gi"}}',
    kind: 'Deployment',
    at: [...operator, 'resources', 'limits', 'memory'],
    is: '1Gi',
  },
  {
    set: 'extraEnv=[{"name":"HTTPS_PROXY","value":"p"}]',
    kind: 'Deployment',
    at: [...operator, 'env', '*'],
    is: { name: 'HTTPS_PROXY', value: 'p' },
  },
  {
    set: 'extraEnvFrom=[{"secretRef":{"name":"s"}}]',
    kind: 'Deployment',
    at: [...operator, 'envFrom'],
    is: [{ secretRef: { name: 's' } }],
  },
  { set: 'extraArgs=["--x"]', kind: 'Deployment', at: [...operator, 'args'], is: ['operator', '--x'] },
  inPod('extraVolumes=[{"name":"v","emptyDir":{}}]', 'volumes', [{ name: 'v', emptyDir: {} }]),
  {
    set: 'extraVolumeMounts=[{"name":"v","mountPath":"/v"}]',
    kind: 'Deployment',
    at: [...operator, 'volumeMounts'],
    is: [{ name: 'v', mountPath: '/v' }],
  },
  {
    set: 'extraObjects=[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}]',
    kind: 'ConfigMap',
    at: ['metadata', 'name'],
    is: 'x',
  },
  {
    set: 'extraObjects=["apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: {{ .Release.Name }}-x }"]',
    kind: 'ConfigMap',
    at: ['metadata', 'name'],
    is: 'syncreplica-x',
  },
  { set: 'deploymentAnnotations={"a":"b"}', kind: 'Deployment', at: ['metadata', 'annotations', 'a'], is: 'b' },
  { set: 'podLabels={"a":"b"}', kind: 'Deployment', at: ['spec', 'template', 'metadata', 'labels', 'a'], is: 'b' },
  {
    set: 'podAnnotations={"a":"b"}',
    kind: 'Deployment',
    at: ['spec', 'template', 'metadata', 'annotations', 'a'],
    is: 'b',
  },
  { set: 'podSecurityContext={"fsGroup":7}', kind: 'Deployment', at: [...pod, 'securityContext', 'fsGroup'], is: 7 },
  {
    set: 'securityContext={"runAsUser":7}',
    kind: 'Deployment',
    at: [...operator, 'securityContext', 'runAsUser'],
    is: 7,
  },
  { ...inPod('hostNetwork=true', 'hostNetwork', true), with: ['webhook.port=9443'] },
  { ...inPod('hostNetwork=true', 'dnsPolicy', 'ClusterFirstWithHostNet'), with: ['webhook.port=9443'] },
  inPod('dnsPolicy="Default"', 'dnsPolicy', 'Default'),
  inPod('dnsConfig={"searches":["corp"]}', 'dnsConfig', { searches: ['corp'] }),
  inPod('hostAliases=[{"ip":"1.2.3.4","hostnames":["r"]}]', 'hostAliases', [{ ip: '1.2.3.4', hostnames: ['r'] }]),
  inPod('terminationGracePeriodSeconds=60', 'terminationGracePeriodSeconds', 60),
  {
    set: 'strategy={"type":"Recreate","rollingUpdate":null}',
    kind: 'Deployment',
    at: ['spec', 'strategy'],
    is: { type: 'Recreate' },
  },
  inPod('nodeSelector={"pool":"infra"}', 'nodeSelector', { 'kubernetes.io/os': 'linux', pool: 'infra' }),
  inPod('tolerations=[{"operator":"Exists"}]', 'tolerations', [{ operator: 'Exists' }]),
  inPod('affinity={"nodeAffinity":{}}', 'affinity', { nodeAffinity: {} }),
  {
    set: 'topologySpreadConstraints=[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}]',
    kind: 'Deployment',
    at: [...pod, 'topologySpreadConstraints', 0, 'labelSelector', 'matchLabels', 'app.kubernetes.io/component'],
    is: 'operator',
  },
  inPod('priorityClassName="high"', 'priorityClassName', 'high'),
  inPod('runtimeClassName="gvisor"', 'runtimeClassName', 'gvisor'),
  variable('ports.metrics=9090', 'METRICS_PORT', '9090'),
  {
    set: 'ports.metrics=9090',
    kind: 'Deployment',
    at: [...operator, 'ports', '*'],
    is: { name: 'metrics', containerPort: 9090 },
  },
  variable('ports.probes=9091', 'PROBES_PORT', '9091'),
  {
    set: 'ports.probes=9091',
    kind: 'Deployment',
    at: [...operator, 'ports', '*'],
    is: { name: 'probes', containerPort: 9091 },
  },
  variable('openshift.enabled=true', 'ASSIGNED_USERS', 'true'),
  variable('agent.logLevel="debug"', 'AGENT_LOG_LEVEL', 'debug'),
  variable('agent.extraEnv=[{"name":"A","value":"b"}]', 'AGENT_EXTRA_ENV', '[{"name":"A","value":"b"}]'),
  {
    set: 'agent.resources.requests.cpu="20m"',
    kind: 'Deployment',
    at: [...operator, 'env', 'SYNCREPLICA_AGENT_RESOURCES', 'requests', 'cpu'],
    is: '20m',
  },
  receiver('logLevel="debug"', 'logLevel', 'debug'),
  receiver('resources={"limits":{"memory":"1Gi"}}', 'resources', {
    requests: { cpu: '10m', memory: '64Mi' },
    limits: { memory: '1Gi' },
  }),
  receiver('extraEnv=[{"name":"A","value":"b"}]', 'extraEnv', [{ name: 'A', value: 'b' }]),
  receiver('podLabels={"a":"b"}', 'podLabels', { a: 'b' }),
  receiver('podAnnotations={"a":"b"}', 'podAnnotations', { a: 'b' }),
  receiver('nodeSelector={"pool":"storage"}', 'nodeSelector', { pool: 'storage' }),
  receiver('tolerations=[{"operator":"Exists"}]', 'tolerations', [{ operator: 'Exists' }]),
  receiver('affinity={"nodeAffinity":{}}', 'affinity', { nodeAffinity: {} }),
  receiver('topologySpreadConstraints=[{"maxSkew":1}]', 'topologySpreadConstraints', [{ maxSkew: 1 }]),
  receiver('priorityClassName="high"', 'priorityClassName', 'high'),
  receiver('hostsAllow=["10.0.0.0/8"]', 'hostsAllow', ['10.0.0.0/8']),
  receiver('hostsDeny=["10.1.0.0/16"]', 'hostsDeny', ['10.1.0.0/16']),
  receiver('maxConnections=5', 'maxConnections', 5),
  receiver('timeout="3m"', 'timeout', '3m'),
  variable('webhook.port=9443', 'WEBHOOK_PORT', '9443'),
  {
    set: 'webhook.port=9443',
    kind: 'Deployment',
    at: [...operator, 'ports', '*'],
    is: { name: 'webhook', containerPort: 9443 },
  },
  {
    set: 'webhook.timeoutSeconds=9',
    kind: 'MutatingWebhookConfiguration',
    at: ['webhooks', 0, 'timeoutSeconds'],
    is: 9,
  },
  {
    set: 'webhook.failurePolicy="Fail"',
    kind: 'MutatingWebhookConfiguration',
    at: ['webhooks', 0, 'failurePolicy'],
    is: 'Fail',
  },
  {
    set: 'webhook.optIn=true',
    kind: 'MutatingWebhookConfiguration',
    at: ['webhooks', 0, 'namespaceSelector', 'matchExpressions', 0],
    is: { key: 'syncreplica.io/injection', operator: 'In', values: ['enabled'] },
  },
  variable('webhook.optIn=true', 'INJECTION', 'OptIn'),
  {
    set: 'webhook.excludedNamespaces=["vault"]',
    kind: 'MutatingWebhookConfiguration',
    at: ['webhooks', 0, 'namespaceSelector', 'matchExpressions', 1, 'values', '*'],
    is: 'vault',
  },
  {
    set: 'webhook.namespaceSelector={"matchLabels":{"env":"prod"},"matchExpressions":[{"key":"a","operator":"Exists"}]}',
    kind: 'MutatingWebhookConfiguration',
    at: ['webhooks', 0, 'namespaceSelector', 'matchLabels'],
    is: { env: 'prod' },
  },
  {
    set: 'webhook.objectSelector={"matchExpressions":[{"key":"a","operator":"Exists"}]}',
    kind: 'MutatingWebhookConfiguration',
    at: ['webhooks', 0, 'objectSelector', 'matchExpressions', '*'],
    is: { key: 'a', operator: 'Exists' },
  },
  {
    set: 'webhook.annotations={"a":"b"}',
    kind: 'MutatingWebhookConfiguration',
    at: ['metadata', 'annotations', 'a'],
    is: 'b',
  },
  { set: 'webhook.certManager.enabled=true', kind: 'Certificate', at: ['kind'], is: 'Certificate' },
  {
    set: 'webhook.certManager.issuerRef={"name":"corp","kind":"ClusterIssuer"}',
    kind: 'Certificate',
    at: ['spec', 'issuerRef'],
    is: { name: 'corp', kind: 'ClusterIssuer' },
    with: ['webhook.certManager.enabled=true'],
  },
  { set: 'service.annotations={"a":"b"}', kind: 'Service', at: ['metadata', 'annotations', 'a'], is: 'b' },
  { set: 'service.labels={"a":"b"}', kind: 'Service', at: ['metadata', 'labels', 'a'], is: 'b' },
  variable('certificates.authorityLife="100h"', 'AUTHORITY_LIFE', '100h'),
  variable('certificates.life="50h"', 'CERTIFICATE_LIFE', '50h'),
  variable('certificates.announce="5h"', 'AUTHORITY_ANNOUNCE', '5h'),
  variable('monitoring.annotations=true', 'PROMETHEUS_ANNOTATIONS', 'true'),
  ...monitor('podMonitor', 'PodMonitor', 'podMetricsEndpoints'),
  ...monitor('serviceMonitor', 'ServiceMonitor', 'endpoints'),
  { set: 'networkPolicy.enabled=false', kind: 'NetworkPolicy', at: [], is: undefined },
  {
    set: 'networkPolicy.metricsFrom=[{"podSelector":{}}]',
    kind: 'NetworkPolicy',
    at: ['spec', 'ingress', 1, 'from'],
    is: [{ podSelector: {} }],
  },
  { set: 'podDisruptionBudget.enabled=false', kind: 'PodDisruptionBudget', at: [], is: undefined },
  {
    set: 'podDisruptionBudget.minAvailable="50%"',
    kind: 'PodDisruptionBudget',
    at: ['spec', 'minAvailable'],
    is: '50%',
  },
  { set: 'rbac.create=false', kind: 'ClusterRole', at: [], is: undefined },
  {
    set: 'rbac.onCallRole=true',
    kind: 'ClusterRole',
    at: ['metadata', 'name'],
    is: 'syncreplica-on-call',
    with: ['rbac.onCallRole=false'],
  },
  {
    set: 'rbac.aggregate=false',
    kind: 'ClusterRole',
    at: ['metadata', 'labels', 'rbac.authorization.k8s.io/aggregate-to-admin'],
    is: undefined,
  },
  { ...inPod('serviceAccount.create=false', 'serviceAccountName', 'default') },
  inPod('serviceAccount.name="sa"', 'serviceAccountName', 'sa'),
  {
    set: 'serviceAccount.annotations={"a":"b"}',
    kind: 'ServiceAccount',
    at: ['metadata', 'annotations', 'a'],
    is: 'b',
  },
  { set: 'serviceAccount.labels={"a":"b"}', kind: 'ServiceAccount', at: ['metadata', 'labels', 'a'], is: 'b' },
  { set: 'uninstall.releaseFinalizers=false', kind: 'Job', at: [], is: undefined },
  { set: 'tests.enabled=false', kind: 'Pod', at: [], is: undefined },
];
