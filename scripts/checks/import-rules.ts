/**
 * A room of the house and the rooms it may import from, besides itself. The longest matching path counts. A path with a
 * slash at its end stands for every room below it.
 */
export interface Room {
  readonly path: string;
  readonly mayImport: readonly string[];
}

const base = ['src/api', 'src/process'];
const foundation = [...base, 'src/certificates', 'src/runtime', 'src/cluster'];
/** What the operator and the data plane tell each other: shapes, no behaviour. */
const dataPlaneContracts = 'sidecar/protocol';
/** All that the controller's rooms stand on; its ground floor holds the words that they share. */
const controllerBase = [...foundation, dataPlaneContracts, 'src/trust', 'src/pods', 'src/caches', 'src/inject'];
const ground = [...controllerBase, 'src/replication'];

export const rooms: readonly Room[] = [
  { path: 'src/api', mayImport: [] },
  { path: 'src/process', mayImport: ['src/api'] },
  { path: 'src/terminal', mayImport: base },
  { path: 'src/certificates', mayImport: base },
  { path: 'src/runtime', mayImport: base },
  { path: 'src/cluster', mayImport: [...base, 'src/runtime'] },
  { path: 'src/trust', mayImport: foundation },
  { path: 'src/pods', mayImport: base },
  { path: 'src/caches', mayImport: [...foundation, 'src/pods'] },
  { path: 'src/inject', mayImport: [...foundation, 'src/trust', 'src/pods', 'src/caches'] },
  { path: 'src/replication', mayImport: controllerBase },
  { path: 'src/replication/desired', mayImport: ground },
  { path: 'src/replication/states', mayImport: ground },
  { path: 'src/replication/promotion', mayImport: [...ground, 'src/replication/desired'] },
  { path: 'src/replication/status', mayImport: [...ground, 'src/replication/states', 'src/replication/desired'] },
  {
    path: 'src/replication/decide',
    mayImport: [
      ...ground,
      'src/replication/desired',
      'src/replication/states',
      'src/replication/status',
      'src/replication/promotion',
    ],
  },
  { path: 'src/replication/reports', mayImport: [...ground, 'src/replication/desired'] },
  { path: 'src/replication/loop', mayImport: [...controllerBase, 'src/replication/'] },
  { path: 'src/population', mayImport: [...ground, 'src/replication/desired'] },
  {
    path: 'src/snapshots',
    mayImport: [...ground, 'src/replication/desired', 'src/replication/reports'],
  },
  { path: 'src', mayImport: ['src/', 'sidecar/protocol'] },
  { path: 'src/past', mayImport: [...base, 'sidecar/protocol', 'src/terminal'] },
  {
    path: 'src/kubectl',
    mayImport: [...base, 'src/cluster', 'src/pods', 'src/terminal', 'src/past', 'sidecar/protocol'],
  },
  {
    path: 'src/cli',
    mayImport: [...foundation, 'sidecar/', 'src/terminal', 'src/past', 'src/kubectl/', 'src/main.ts'],
  },
  { path: 'sidecar/protocol', mayImport: base },
  { path: 'sidecar/filter', mayImport: ['src/api'] },
  { path: 'sidecar/agent', mayImport: [...base, 'sidecar/protocol', 'sidecar/filter'] },
  { path: 'sidecar/receiver', mayImport: [...base, 'sidecar/protocol', 'sidecar/filter'] },
  { path: 'sidecar', mayImport: base },
];

/** Programs' entry points: only the command line starts them. */
export const isMain = (path: string): boolean => /(^|\/)main\.ts$/.test(path);
export const mayImportMain = (path: string): boolean => path.startsWith('src/cli/');

/** The one file, or the one folder (with a slash), that may import an outside package. */
export const importers: Readonly<Record<string, string>> = {
  '@dot-i/k8s-operator': 'src/operator.ts',
  '@grafana/grafana-foundation-sdk': 'scripts/dashboard/dashboard.ts',
  '@kubernetes/client-node': 'src/cluster/',
  '@peculiar/x509': 'src/certificates/authority.ts',
  chokidar: 'sidecar/agent/watch/polling/chokidar.ts',
  'cli-truncate': 'src/terminal/terminal.ts',
  commander: 'src/cli/',
  croner: 'src/api/units/next-run.ts',
  echarts: 'e2e/monitoring/draw-panels.ts',
  execa: 'e2e/cluster/',
  fengari: 'src/replication/status/argo-health.fixture.ts',
  koffi: 'src/process/system/libc.ts',
  'log-update': 'src/terminal/terminal.ts',
  pino: 'src/process/log/logger.ts',
  'pino-pretty': 'src/process/log/text-lines.ts',
  'prom-client': 'src/process/metrics/metrics-registry.ts',
  'reflect-metadata': 'src/certificates/authority.ts',
  'string-width': 'src/terminal/width.ts',
  yaml: 'src/terminal/yaml.ts',
  zod: 'src/api/',
};
