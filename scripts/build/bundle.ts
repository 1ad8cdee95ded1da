import { rmSync } from 'node:fs';
import { build } from 'esbuild';

export interface BundledFile {
  readonly path: string;
  readonly bytes: number;
  /** Source files that went into it. */
  readonly inputs: readonly string[];
}

/** Entry points by the name of their file in dist/. */
const entryPoints = { syncreplica: 'src/cli/main.ts' };

/**
 * Bundles the program into ES modules, split so that a command loads only what it needs: fewer bytes of source and no
 * resolving at start are what keeps an agent small. Native code (koffi) stays a package.
 */
export const bundle = async (outdir: string): Promise<BundledFile[]> => {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    chunkNames: 'chunks/[name]-[hash]',
    external: ['koffi'],
    legalComments: 'none',
    logLevel: 'warning',
    // CommonJS packages inside call require for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return Object.entries(metafile.outputs).map(([path, output]) => ({
    path,
    bytes: output.bytes,
    inputs: Object.keys(output.inputs),
  }));
};
