import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permissions } from '../../src/permissions.ts';
import { type ApiServer, startApiServer } from '../cluster/apiserver.ts';
import { runCommand } from '../cluster/command.ts';
import { startProgram } from '../cluster/started-program.ts';
import { waitFor } from '../cluster/wait.ts';

/** Waits until new kinds are served; `which` as kubectl names them. Whatever is waited for of one without conditions fails, so that it is asked again. */
export const untilEstablished = ({ kubectl }: Pick<ControlPlane, 'kubectl'>, ...which: string[]): Promise<true> =>
  waitFor(
    'new kinds to be served',
    async () => {
      await kubectl('wait', '--for=condition=Established', '--timeout=10s', ...which);
      return true;
    },
    { timeoutMs: 120_000 },
  );

export const operatorNamespace = 'syncreplica-system';
const project = join(import.meta.dirname, '..', '..');

export interface KubeItem {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any field of any kind
  readonly [field: string]: any;
}

/** A real apiserver with the CRD, a storage class and the operator's own role, and nothing else. */
export interface ControlPlane {
  readonly server: ApiServer;
  kubectl(...args: string[]): Promise<string>;
  apply(...objects: object[]): Promise<void>;
  get(kind: string, name: string, namespace?: string): Promise<KubeItem | undefined>;
  list(kind: string, namespace: string): Promise<KubeItem[]>;
  /** Starts an operator as a process of its own, allowed what the table of permissions says and no more. */
  startOperator(name: string, options?: OperatorStart): Promise<OperatorProcess>;
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  stop(): Promise<void>;
}

export interface OperatorStart {
  /** The service account whose rights it has; default the one made from the table of permissions. */
  readonly account?: string;
  /** Variables besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What runs the program, before the word `operator`; default this Node and the sources. */
  readonly command?: readonly [string, ...string[]];
}

export interface OperatorProcess {
  readonly name: string;
  readonly metricsPort: number;
  readonly webhookPort: number;
  readonly pid: number;
  readonly log: () => string;
  /** Figures of /metrics whose name and labels begin so, by the whole of them. */
  metrics(prefix: string): Promise<Map<string, number>>;
  /** Has it read the cluster, and is its webhook trusted? */
  isReady(): Promise<boolean>;
  /** Its exit code, -1 after a signal. */
  readonly exited: Promise<number>;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
}

/** With `populator` and `snapshots` the operator has the rights to fill claims and to take snapshots, as by the chart's values. */
export const startControlPlane = async ({ populator = false, snapshots = false } = {}): Promise<ControlPlane> => {
  const server = await startApiServer();
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-control-plane-'));
  const operators: OperatorProcess[] = [];
  const kubectl = async (...args: string[]): Promise<string> =>
    (await runCommand(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args])).stdout;
  const plane: ControlPlane = {
    server,
    kubectl,
    async apply(...objects) {
      const file = join(folder, 'apply.json');
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      await kubectl('apply', '--server-side', '--force-conflicts', '-f', file);
    },
    async get(kind, name, namespace) {
      const where = namespace === undefined ? [] : ['-n', namespace];
      const text = await kubectl('get', kind, name, ...where, '--ignore-not-found', '-o', 'json');
      return text.trim() === '' ? undefined : JSON.parse(text);
    },
    list: async (kind, namespace) => JSON.parse(await kubectl('get', kind, '-n', namespace, '-o', 'json')).items,
    async startOperator(name, { account = 'operator', environment = {}, command = fromSources } = {}) {
      const operator = await launch(name, command, await operatorKubeconfig(plane, folder, account), environment);
      operators.push(operator);
      return operator;
    },
    until: (what, look) => waitFor(what, look, { timeoutMs: 90_000, everyMs: 200 }),
    async stop() {
      for (const operator of operators) operator.kill('SIGKILL');
      await Promise.all(operators.map(({ exited }) => exited));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await prepare(plane, { populator, snapshots });
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
};

interface MoreRights {
  readonly populator: boolean;
  readonly snapshots: boolean;
}

const prepare = async ({ kubectl, apply }: ControlPlane, more: MoreRights): Promise<void> => {
  await kubectl('apply', '-f', join(project, 'crds', 'syncreplica.yaml'));
  await untilEstablished({ kubectl }, 'crd/syncreplicas.syncreplica.io');
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: operatorNamespace } });
  await apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator', namespace: operatorNamespace } },
    ...roles(more),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'test/none',
      allowVolumeExpansion: true,
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'syncreplica' },
      webhooks: [],
    },
  );
};

/** The chart's roles, made from the same table. */
const roles = (more: MoreRights): object[] => {
  const table = permissions({ webhookConfiguration: 'syncreplica', ...more });
  const rules = (scope: string) =>
    table
      .filter((rule) => rule.scope === scope)
      .map(({ group, resources, verbs, names }) => ({
        apiGroups: [group],
        resources,
        verbs,
        ...(names ? { resourceNames: names } : {}),
      }));
  const subjects = [{ kind: 'ServiceAccount', name: 'operator', namespace: operatorNamespace }];
  const rbac = 'rbac.authorization.k8s.io';
  const own = { name: 'operator', namespace: operatorNamespace };
  return [
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: 'operator' }, rules: rules('cluster') },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'operator' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'operator' },
      subjects,
    },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: own, rules: rules('own namespace') },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: own,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'operator' },
      subjects,
    },
  ];
};

/** The administrator's kubeconfig with the service account's token in the place of the certificate. */
const operatorKubeconfig = async ({ kubectl }: ControlPlane, folder: string, account: string): Promise<string> => {
  const token = (await kubectl('create', 'token', account, '-n', operatorNamespace, '--duration=2h')).trim();
  const cluster = JSON.parse(await kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json'))
    .clusters[0];
  const file = join(folder, `${account}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...cluster, name: 'test' }],
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'operator' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
};

const fromSources = [process.execPath, join(project, 'src', 'cli', 'main.ts')] as const;

const launch = async (
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  kubeconfig: string,
  environment: Readonly<Record<string, string>>,
): Promise<OperatorProcess> => {
  const [metricsPort = 0, probesPort = 0, webhookPort = 0] = await freePorts(3);
  const operator = startProgram(program, [...args, 'operator'], {
    env: {
      KUBECONFIG: kubeconfig,
      POD_NAME: name,
      POD_NAMESPACE: operatorNamespace,
      SYNCREPLICA_AGENT_IMAGE: 'agent:test',
      SYNCREPLICA_METRICS_PORT: String(metricsPort),
      SYNCREPLICA_PROBES_PORT: String(probesPort),
      SYNCREPLICA_WEBHOOK_PORT: String(webhookPort),
      SYNCREPLICA_LOG_LEVEL: 'debug',
      ...environment,
    },
  });
  return {
    name,
    metricsPort,
    webhookPort,
    pid: operator.pid,
    log: operator.said,
    async metrics(prefix) {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      const lines = (await answer.text()).split('\n').filter((line) => line.startsWith(prefix));
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
      );
    },
    isReady: async () => {
      const answer = await fetch(`http://127.0.0.1:${probesPort}/readyz`).catch(() => undefined);
      return answer?.status === 200;
    },
    exited: operator.ended,
    isRunning: operator.isRunning,
    kill: operator.signal,
  };
};

const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
