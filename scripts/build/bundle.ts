import { renameSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

export interface BundledFile {
  /** Below the output directory. */
  readonly path: string;
  readonly bytes: number;
  /** Source files that went into it. */
  readonly inputs: readonly string[];
  /** Other files that are loaded with it. */
  readonly imports: readonly string[];
}

/** Entry points by the name of their file in dist/. */
const entryPoints = { syncreplica: 'src/cli/main.ts' };

/**
 * `import 'node:http'` reads every export, also the getters that load undici: 5 MiB of an agent's memory for what it
 * never uses. Asked for as a CommonJS module, only what is used is read.
 */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'node:http', namespace: 'lazy-http' }));
    onLoad({ filter: /.*/, namespace: 'lazy-http' }, () => ({
      contents: "module.exports = process.getBuiltinModule('node:http');",
      loader: 'js',
    }));
  },
};

/** Parts of packages that nothing here calls, but that load worker threads, the inspector, zlib or clustering at start. */
const unusedParts: readonly (readonly [file: RegExp, contents: string])[] = [
  [/prom-client[/]lib[/]cluster\.js$/, 'module.exports = class AggregatorRegistry {};'],
  [/prom-client[/]lib[/]pushgateway\.js$/, 'module.exports = class Pushgateway {};'],
  [/prom-client[/]lib[/]defaultMetrics\.js$/, 'module.exports = () => {}; module.exports.metricsList = [];'],
  // Requests go over node's own client: of the package only its reading of kubeconfigs is used.
  [/undici[/]index\.js$/, 'module.exports = { Agent: class {}, ProxyAgent: class {} };'],
  [
    /client-node[/]dist[/]gen[/]index\.js$/,
    [
      'export const createConfiguration = () => ({});',
      ...['ServerConfiguration', 'HttpMethod', 'RequestContext', 'ApiException', 'AppsV1Api', 'CoreV1Api'].map(
        (name) => `export class ${name} {}`,
      ),
    ].join('\n'),
  ],
  [/client-node[/]dist[/]gen[/]models[/]ObjectSerializer\.js$/, 'export class ObjectSerializer {}'],
  [/thread-stream[/]index\.js$/, 'module.exports = class ThreadStream {};'],
];

const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup({ onLoad }) {
    for (const [filter, contents] of unusedParts) onLoad({ filter }, () => ({ contents, loader: 'js' }));
  },
};

/**
 * The operator's base class loads all of the Kubernetes client, 40 MiB of memory, for one generated API that its
 * constructor makes and nothing here calls: it is given the parts that are used.
 */
const leanClient: Plugin = {
  name: 'lean-client',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@kubernetes[/]client-node$/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (importer.includes('@dot-i/k8s-operator')) return { path: 'of-base-class', namespace: 'lean-client' };
      if (pluginData === 'resolved') return undefined;
      const found = await resolve(path, { importer, kind, resolveDir, pluginData: 'resolved' });
      return { ...found, sideEffects: false };
    });
    onLoad({ filter: /.*/, namespace: 'lean-client' }, () => ({
      contents:
        "export { KubeConfig, Watch, loadYaml } from '@kubernetes/client-node'; export class CoreV1Api {} export class ApiextensionsV1Api {}",
      resolveDir: import.meta.dirname,
      loader: 'js',
    }));
  },
};

/**
 * Bundles the program into ES modules, split so that a command loads only what it needs: fewer bytes of source and no
 * resolving at start are what keeps an agent small. Native code (koffi) stays a package.
 */
export const bundle = async (outdir: string): Promise<BundledFile[]> => {
  const fresh = `${outdir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints,
    outdir: fresh,
    bundle: true,
    splitting: true,
    minify: true,
    // Logs name the class of an error.
    keepNames: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    chunkNames: 'chunks/[name]-[hash]',
    external: ['koffi'],
    plugins: [lazyHttp, leaveOutUnused, leanClient],
    legalComments: 'none',
    logLevel: 'warning',
    // CommonJS packages inside call require for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  // Only a whole build takes the place of the old one.
  rmSync(outdir, { recursive: true, force: true });
  renameSync(fresh, outdir);
  const nameOf = (path: string): string => relative(fresh, path);
  return Object.entries(metafile.outputs).map(([path, output]) => ({
    path: nameOf(path),
    bytes: output.bytes,
    inputs: Object.keys(output.inputs),
    imports: output.imports.filter(({ kind }) => kind === 'import-statement').map((to) => nameOf(to.path)),
  }));
};
