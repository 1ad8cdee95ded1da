import type { Context, KubeObject } from '../../harness/scenario.ts';
import { ensurePrometheus } from '../../monitoring/prometheus-programs.ts';

/**
 * A Prometheus in a pod of its own, with further files. `config` is its configuration as the documents say it; Debian builds the program without
 * discovery in Kubernetes, so what that would find is written into a file, with the labels that it would have.
 */
export const startPrometheus = async (
  context: Context,
  namespace: string,
  config: string,
  rules = '{}',
  files: Readonly<Record<string, string>> = {},
): Promise<PrometheusServer> => {
  const where = { namespace, pod: 'prometheus', container: 'prometheus' };
  const write = async (path: string, input: string): Promise<void> => {
    const command = ['exec', '--stdin', '--namespace', namespace, 'prometheus', '--', 'sh', '-c', `cat > ${path}`];
    await context.kubectl(command, { input });
  };
  await context.apply(podOf(context), namespace);
  await context.kubectl([
    'wait',
    'pod/prometheus',
    '--for=condition=Ready',
    '--timeout=120s',
    '--namespace',
    namespace,
  ]);
  const { prometheus: program } = await ensurePrometheus();
  await context.kubectl(['cp', program, `${namespace}/prometheus:/prometheus/prometheus`], { timeoutMs: 300_000 });
  const found = config.replaceAll(
    /kubernetes_sd_configs:\n(\s+)- role: pod/g,
    'file_sd_configs:\n$1- files: [/prometheus/targets.json]',
  );
  if (found === config) throw new Error('the configuration of the documents finds pods in another way');
  const discover = async (): Promise<void> =>
    write('/prometheus/targets.json', JSON.stringify(findTargets(await context.list('pods'))));
  await write(
    '/prometheus/config.yml',
    `${found}\nglobal: { evaluation_interval: 1s }\nrule_files: [/prometheus/rules.json]\n`,
  );
  await write('/prometheus/rules.json', rules);
  for (const [path, text] of Object.entries(files)) await write(path, text);
  await discover();
  const flags =
    '--config.file=/prometheus/config.yml --storage.tsdb.path=/prometheus/data --web.listen-address=127.0.0.1:9090';
  await context.exec(where, ['sh', '-c', `/prometheus/prometheus ${flags} > /prometheus/log 2>&1 &`]);
  return {
    discover,
    async query(expression) {
      const script = `fetch('http://127.0.0.1:9090/api/v1/query?query=' + encodeURIComponent(process.argv[1])).then((r) => r.text()).then(console.log)`;
      const answer = JSON.parse(await context.exec(where, ['node', '-e', script, expression]));
      return answer.data.result.map(({ metric, value }: KubeObject) => ({ labels: metric, value: Number(value[1]) }));
    },
  };
};

/** A target for every declared port of every container, as role `pod` of Prometheus's kubernetes_sd_config gives it. */
const findTargets = (pods: readonly KubeObject[]): object[] =>
  pods
    .filter(({ status }) => status.podIP !== undefined)
    .flatMap(({ metadata, spec, status }) =>
      [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ ports = [] }: KubeObject) =>
        ports.map(({ name = '', containerPort }: KubeObject) => ({
          targets: [`${status.podIP}:${containerPort}`],
          labels: {
            __meta_kubernetes_namespace: metadata.namespace,
            __meta_kubernetes_pod_name: metadata.name,
            __meta_kubernetes_pod_container_port_name: name,
            ...metaOf('label', metadata.labels),
            ...metaOf('annotation', metadata.annotations),
          },
        })),
      ),
    );

const metaOf = (what: string, texts: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      `__meta_kubernetes_pod_${what}_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`,
      text,
    ]),
  );

export interface PrometheusServer {
  /** Looks anew which pods there are. */
  discover(): Promise<void>;
  /** Samples of an instant query. */
  query(expression: string): Promise<readonly Sample[]>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const podOf = (context: Context): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'prometheus' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'prometheus',
        image: context.toolImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', 'infinity'],
        volumeMounts: [{ name: 'data', mountPath: '/prometheus' }],
      },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
});
