import type { Context, KubeObject } from '../../harness/scenario.ts';

/** Where the authority that a monitor names is found by the Prometheus of a scenario. */
export const authorityFile = '/prometheus/ca.crt';

const kinds = [
  { plural: 'podmonitors', kind: 'PodMonitor' },
  { plural: 'servicemonitors', kind: 'ServiceMonitor' },
] as const;

/** The kinds of the Prometheus operator, as far as an API server has to know them to keep their objects. */
export const monitorKinds: readonly KubeObject[] = kinds.map(({ plural, kind }) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.monitoring.coreos.com` },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}));

const escaped = (label: string): string => label.replaceAll(/[^a-zA-Z0-9_]/g, '_');

const keep = (source: string, value: string): object => ({ source_labels: [source], regex: value, action: 'keep' });

/** A job of Prometheus as its operator makes one of an endpoint of a monitor that selects pods by these labels. */
const jobOf = (name: string, labels: Readonly<Record<string, string>>, endpoint: KubeObject): object => {
  const { tlsConfig, relabelings = [] } = endpoint;
  return {
    job_name: name,
    scrape_interval: '1s',
    scheme: endpoint.scheme ?? 'http',
    ...(tlsConfig === undefined
      ? {}
      : {
          tls_config: {
            ...(tlsConfig.ca === undefined ? {} : { ca_file: authorityFile }),
            ...(tlsConfig.serverName === undefined ? {} : { server_name: tlsConfig.serverName }),
            insecure_skip_verify: tlsConfig.insecureSkipVerify === true,
          },
        }),
    kubernetes_sd_configs: [{ role: 'pod' }],
    relabel_configs: [
      keep('__meta_kubernetes_pod_container_port_name', endpoint.port),
      ...Object.entries(labels).map(([label, value]) => keep(`__meta_kubernetes_pod_label_${escaped(label)}`, value)),
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
      ...relabelings.map(({ sourceLabels, targetLabel }: KubeObject) => ({
        source_labels: sourceLabels,
        target_label: targetLabel,
      })),
    ],
  };
};

/** What the monitors in a namespace have a Prometheus do, a job for each; its pods stand for a Service. */
export const jobsOfMonitors = async (context: Context, namespace: string): Promise<readonly object[]> => {
  const pods = (await context.list('podmonitors', namespace)).flatMap(({ metadata, spec }) =>
    spec.podMetricsEndpoints.map((endpoint: KubeObject) => jobOf(metadata.name, spec.selector.matchLabels, endpoint)),
  );
  const services = (await context.list('servicemonitors', namespace)).flatMap(({ metadata, spec }) =>
    spec.endpoints.map((endpoint: KubeObject) =>
      jobOf(`${metadata.name}-operator`, spec.selector.matchLabels, endpoint),
    ),
  );
  return [...pods, ...services];
};
