import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringGoModule } from '../cluster/go-module.ts';

/** A Go module that holds the schemas of a kind of somebody else's: read where Go keeps modules, never copied. */
interface ForeignModule {
  readonly module: string;
  /** As go.sum has it. */
  readonly sum: string;
  readonly folder: string;
  readonly files: RegExp;
}

const modules: readonly ForeignModule[] = [
  {
    module: 'github.com/argoproj/argo-cd/v3@v3.3.0',
    sum: 'h1:9UlruTd5cC/MyvorTXgAIblfZTy63MF5FYvvoAaUvwU=',
    folder: 'manifests/crds',
    files: /^application-crd\.yaml$/,
  },
  {
    module: 'github.com/fluxcd/source-controller@v1.8.0',
    sum: 'h1:h549HUCBEG4jGs3uFYfb2+/XhJjcz+pvB8VG4mdSYDw=',
    folder: 'config/crd/bases',
    files: /_ocirepositories\.yaml$/,
  },
  {
    module: 'github.com/fluxcd/helm-controller@v1.4.0',
    sum: 'h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=',
    folder: 'config/crd/bases',
    files: /_helmreleases\.yaml$/,
  },
  {
    module: 'github.com/fluxcd/kustomize-controller@v1.9.0',
    sum: 'h1:WfM+bQUGUGW2qyrrTgh2bIVSZSPmc3JC7234K8NiTWQ=',
    folder: 'config/crd/bases',
    files: /_kustomizations\.yaml$/,
  },
  {
    module: 'github.com/kubernetes-csi/external-snapshotter/client/v8@v8.7.0',
    sum: 'h1:HVaSUeRRHPu49aSiL8eXOjS9Re9G6pM0NzdTGI7mM14=',
    folder: 'config/crd',
    files: /_volumesnapshots\.yaml$/,
  },
];

/** Groups whose kinds are only where their tool is installed. */
export const isForeign = ({ apiVersion }: { readonly apiVersion: string }): boolean =>
  /(^|\.)(argoproj\.io|fluxcd\.io|kustomize\.config\.k8s\.io|snapshot\.storage\.k8s\.io)\//.test(apiVersion);

/** Texts of the CustomResourceDefinitions of those kinds. Rejects where Go can't bring a module, or brings another one. */
export const foreignSchemas = async (): Promise<string[]> => {
  const texts: string[] = [];
  for (const { module, sum, folder, files } of modules) {
    const found = await bringGoModule(module);
    if (found.Sum !== sum) throw new Error(`read the schemas of ${module}: its sum is ${found.Sum}, not ${sum}`);
    const crds = join(found.Dir, folder);
    const names = readdirSync(crds).filter((name) => files.test(name));
    if (names.length === 0) throw new Error(`read the schemas of ${module}: ${folder} has none of ${files}`);
    texts.push(...names.map((name) => readFileSync(join(crds, name), 'utf8')));
  }
  return texts;
};
