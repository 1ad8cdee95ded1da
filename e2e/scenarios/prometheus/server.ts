import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../cluster/binaries.ts';
import { runCommand } from '../../cluster/command.ts';
import type { Context, KubeObject } from '../../harness/scenario.ts';

/** The program of Debian's package, unpacked into the cache and not installed: no service is to start here. */
export const ensurePrometheus = async (): Promise<string> => {
  const folder = join(cacheFolder(process.env), 'prometheus');
  const program = join(folder, 'usr/bin/prometheus');
  if (existsSync(program)) return program;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  await runCommand('apt-get', ['download', 'prometheus'], { cwd: work, timeoutMs: 300_000 });
  await runCommand('sh', ['-c', 'dpkg-deb --extract prometheus_*.deb .'], { cwd: work });
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
  return program;
};

/** A Prometheus in a pod of its own, with the right to find pods. `config` is its configuration. */
export const startPrometheus = async (
  context: Context,
  namespace: string,
  config: string,
): Promise<PrometheusServer> => {
  const where = { namespace, pod: 'prometheus', container: 'prometheus' };
  await context.apply(manifests(context, namespace), namespace);
  await context.kubectl([
    'wait',
    'pod/prometheus',
    '--for=condition=Ready',
    '--timeout=120s',
    '--namespace',
    namespace,
  ]);
  await context.kubectl(['cp', await ensurePrometheus(), `${namespace}/prometheus:/work/prometheus`], {
    timeoutMs: 300_000,
  });
  await context.kubectl(
    ['exec', '--stdin', '--namespace', namespace, 'prometheus', '--', 'sh', '-c', 'cat > /work/prometheus.yml'],
    { input: config },
  );
  const flags = '--config.file=/work/prometheus.yml --storage.tsdb.path=/work/data --web.listen-address=127.0.0.1:9090';
  await context.exec(where, ['sh', '-c', `/work/prometheus ${flags} > /work/log 2>&1 &`]);
  return {
    async query(expression) {
      const script = `fetch('http://127.0.0.1:9090/api/v1/query?query=' + encodeURIComponent(process.argv[1])).then((r) => r.text()).then(console.log)`;
      const answer = JSON.parse(await context.exec(where, ['node', '-e', script, expression]));
      return answer.data.result.map(({ metric, value }: KubeObject) => ({ labels: metric, value: Number(value[1]) }));
    },
  };
};

export interface PrometheusServer {
  /** Samples of an instant query. */
  query(expression: string): Promise<readonly Sample[]>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const manifests = (context: Context, namespace: string): KubeObject[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'prometheus' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${namespace}-prometheus` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace }],
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'prometheus' },
    spec: {
      serviceAccountName: 'prometheus',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'prometheus',
          image: context.toolImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', 'infinity'],
          volumeMounts: [{ name: 'work', mountPath: '/work' }],
        },
      ],
      volumes: [{ name: 'work', emptyDir: {} }],
    },
  },
];
