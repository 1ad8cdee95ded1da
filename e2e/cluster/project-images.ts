import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { baseImagesOf, ensureBaseImage } from './base-image.ts';
import { cacheFolder } from './binaries.ts';
import { buildah, saveImage } from './buildah.ts';
import { ClusterError } from './failure.ts';
import type { Progress } from './progress.ts';

/** The Dockerfile's targets and the names under which the nodes have them. */
export const projectImages = {
  operator: 'e2e.syncreplica.io/operator:dev',
  agent: 'e2e.syncreplica.io/agent:dev',
} as const;

/** Node on a Debian with a shell: what scenarios run in pods of their own. The public image of this name elsewhere. */
export const toolImage = 'docker.io/library/node:26-bookworm-slim';

/** Makes the tool image when it is not there and returns its archive. */
export async function buildToolImage(progress: Progress, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = join(cacheFolder(env), 'archives');
  const archive = join(folder, `node-${process.versions.node}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(folder, { recursive: true });
  await ensureBaseImage(progress, env, toolImage);
  const unfinished = `${archive}.${process.pid}`;
  await saveImage(env, toolImage, unfinished);
  renameSync(unfinished, archive);
  return archive;
}

/** Builds the targets of the project's Dockerfile as it is; returns an archive for each. After a change only what it touches is built. */
export async function buildProjectImages(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  project: string,
  file = join(project, 'Dockerfile'),
): Promise<readonly string[]> {
  if (!existsSync(file))
    throw new ClusterError('no-dockerfile', `build ${file}: no such file`, 'Name it with --dockerfile');
  for (const image of baseImagesOf(readFileSync(file, 'utf8'))) await ensureBaseImage(progress, env, image);
  const archives: string[] = [];
  for (const [target, image] of Object.entries(projectImages)) {
    archives.push(await progress.step(`build ${image}`, () => buildTarget(env, project, file, target, image)));
  }
  await buildah(env, ['rmi', '--prune', '--force'], { okCodes: [0, 1, 125] });
  return archives;
}

async function buildTarget(
  env: NodeJS.ProcessEnv,
  project: string,
  file: string,
  target: string,
  image: string,
): Promise<string> {
  const folder = join(cacheFolder(env), 'archives');
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, `${target}.tar`);
  const flags = [
    '--layers',
    '--pull-never',
    '--isolation',
    'chroot',
    '--network',
    'host',
    ...hostFiles(),
    ...hostEnv(env),
  ];
  await buildah(env, ['build', ...flags, '--target', target, '--tag', image, '--file', file, project]);
  const unfinished = `${archive}.${process.pid}`;
  await saveImage(env, image, unfinished);
  renameSync(unfinished, archive);
  return archive;
}

/** How this machine reaches package mirrors and registries, lent to the build read-only and not kept in the image. */
function hostFiles(): string[] {
  const npmrc = join(homedir(), '.npmrc');
  const lent = [
    ...['/etc/apt', '/usr/share/keyrings', '/etc/ssl/certs', '/usr/local/share/ca-certificates'].map((path) => [
      path,
      path,
    ]),
    [npmrc, '/root/.npmrc'],
  ];
  return lent.flatMap(([from = '', to = '']) => (existsSync(from) ? ['--volume', `${from}:${to}:ro`] : []));
}

function hostEnv(env: NodeJS.ProcessEnv): string[] {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return names.flatMap((name) => (env[name] === undefined ? [] : ['--build-arg', `${name}=${env[name]}`]));
}
