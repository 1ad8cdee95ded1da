import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildah, hasImage } from './buildah.ts';
import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import type { Progress } from './progress.ts';

/** An image of Node on a Debian, as the public registry names it: `docker.io/library/node:26-bookworm-slim`. */
const nodeImage = /^(?:docker\.io\/(?:library\/)?)?node:(\d+)(?:\.[\d.]+)?-([a-z]+)-slim$/;

/** Another processor than this machine's, as Debian calls it, with a Node for it. What runs while its images are made is emulated. */
export interface ForeignProcessor {
  readonly debian: string;
  readonly node: string;
}

/** The images that a Dockerfile begins its stages with and doesn't make itself, each once. */
export function baseImagesOf(dockerfile: string): readonly string[] {
  const defaults = Object.fromEntries(
    [...dockerfile.matchAll(/^ARG\s+(\w+)=["']?([^"'\s]+)/gim)].map(([, name, value]) => [name, value]),
  );
  const resolve = (text: string) => text.replace(/\$\{?(\w+)\}?/g, (_whole, name: string) => defaults[name] ?? '');
  const stages = new Set<string>(['scratch']);
  const found = new Set<string>();
  for (const [, image = '', , stage] of dockerfile.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)(\s+AS\s+(\S+))?/gim)) {
    const name = resolve(image);
    if (!stages.has(name.toLowerCase())) found.add(name);
    if (stage !== undefined) stages.add(stage.toLowerCase());
  }
  return [...found];
}

/**
 * Makes sure that buildah's store has the image under its public name, so that one Dockerfile serves the public build and
 * this one: Debian by debootstrap from this machine's mirrors, with the Node that runs this and this machine's npm.
 */
export async function ensureBaseImage(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  image: string,
  foreign?: ForeignProcessor,
): Promise<void> {
  const [, major, suite] = nodeImage.exec(image) ?? [];
  if (major === undefined || suite === undefined) {
    const hint = 'Begin the Dockerfile with node:<major>-<debian release>-slim, or load the image into buildah';
    throw new ClusterError(
      'no-base-image',
      `make base image ${image}: only Node on a slim Debian can be made here`,
      hint,
    );
  }
  if (process.versions.node.split('.')[0] !== major) {
    const hint = 'Run this through npm, which uses the Node of the development dependencies';
    throw new ClusterError('other-node', `make base image ${image}: this is Node ${process.versions.node}`, hint);
  }
  // Named by the version too: a newer Node in node_modules makes a new image.
  const exact = `e2e.syncreplica.io/node:${process.versions.node}-${suite}-slim`;
  if (!(await hasImage(env, exact))) {
    await progress.step(`make ${image} from Debian's packages and Node ${process.versions.node}`, () =>
      makeImage(env, exact, suite, foreign),
    );
  }
  await buildah(env, ['tag', exact, image.startsWith('docker.io/') ? image : `docker.io/library/${image}`]);
}

async function makeImage(
  env: NodeJS.ProcessEnv,
  name: string,
  suite: string,
  foreign: ForeignProcessor | undefined,
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'syncreplica-base-'));
  try {
    const packages = 'ca-certificates,libatomic1,libstdc++6';
    const leave = ['man', 'doc', 'locale', 'info'].flatMap((part) => [`--dpkgopt=path-exclude=/usr/share/${part}/*`]);
    const other = foreign === undefined ? [] : [`--architectures=${foreign.debian}`];
    await runCommand(
      'mmdebstrap',
      ['--variant=minbase', `--include=${packages}`, ...other, ...leave, suite, join(work, 'root.tar'), ...mirrors()],
      // Emulated it takes ten times as long.
      { timeoutMs: foreign === undefined ? 600_000 : 3_600_000 },
    );
    const added = join(work, 'added/usr/local');
    mkdirSync(join(added, 'bin'), { recursive: true });
    cpSync(foreign?.node ?? realpathSync(process.execPath), join(added, 'bin/node'));
    const npm = npmFolder(env);
    if (npm !== undefined) cpSync(npm, join(added, 'lib/node_modules/npm'), { recursive: true });
    writeFileSync(join(work, 'Dockerfile'), dockerfileOf(npm !== undefined));
    await buildah(env, ['build', '--isolation', 'chroot', ...platformOf(foreign), '--tag', name, work]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The words by which buildah makes an image for it. */
export const platformOf = (foreign: ForeignProcessor | undefined): readonly string[] =>
  foreign === undefined ? [] : ['--platform', `linux/${foreign.debian}`];

function dockerfileOf(withNpm: boolean): string {
  const link = 'ln -s node /usr/local/bin/nodejs';
  const npm = ['npm', 'npx'].map((name) => `ln -s ../lib/node_modules/npm/bin/${name}-cli.js /usr/local/bin/${name}`);
  return [
    'FROM scratch',
    'ADD root.tar /',
    'COPY added /',
    'RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node',
    `RUN ${[link, ...(withNpm ? npm : [])].join(' && ')}`,
    'CMD ["node"]',
    '',
  ].join('\n');
}

/** This machine's own mirrors when it is a Debian that says them; else mmdebstrap's. */
function mirrors(): string[] {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  return existsSync(sources) ? [sources] : [];
}

/** The npm of this machine: its command is a link to bin/npm-cli.js of its package. */
function npmFolder(env: NodeJS.ProcessEnv): string | undefined {
  const commands = (env.PATH ?? '').split(':').map((folder) => join(folder, 'npm'));
  const packages = commands.filter((path) => existsSync(path)).map((path) => dirname(dirname(realpathSync(path))));
  return packages.find(
    (folder) => existsSync(join(folder, 'bin/npm-cli.js')) && existsSync(join(folder, 'package.json')),
  );
}
