import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BundledFile } from '../build/bundle.ts';
import type { ReleaseOptions } from './stage-program.ts';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The package that a file of node_modules belongs to. */
const packageOf = (project: string, file: string): Package | undefined => {
  const at = file.lastIndexOf('node_modules/');
  if (at === -1) return undefined;
  const [first = '', second = ''] = file.slice(at + 'node_modules/'.length).split('/');
  const folder = join(project, file.slice(0, at), 'node_modules', first, first.startsWith('@') ? second : '');
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Package) : packageOf(project, dirname(file));
};

/** What is in the program, by what went into its bundle: CycloneDX 1.6. Nothing that only builds it is in it. */
export const listParts = (files: readonly BundledFile[], options: ReleaseOptions): string[] => {
  const { project, out, version, epoch } = options;
  const bundled = files.flatMap(({ inputs }) => inputs).map((input) => packageOf(project, input));
  const native = ['koffi/package.json', 'node/package.json'].map((path) => packageOf(project, `node_modules/${path}`));
  const found = new Map(
    [...bundled, ...native].flatMap((one) => (one ? [[`${one.name}@${one.version}`, one]] : [])) as [string, Package][],
  );
  const components = [...found.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version: of, license }) => ({
      type: 'library',
      name,
      version: of,
      purl: `pkg:npm/${name.replace('@', '%40')}@${of}`,
      ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
    }));
  const file = join(out, `syncreplica-${version}.cdx.json`);
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: { type: 'application', name: 'syncreplica', version, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components,
  };
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  return [file];
};
