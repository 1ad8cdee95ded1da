import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseImagesOf, ensureBaseImage, type ForeignProcessor, platformOf } from './base-image.ts';
import { buildah } from './buildah.ts';
import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { isSaved, saveImages } from './image-layout.ts';
import type { Progress } from './progress.ts';

/** The Dockerfile's targets and the names under which the nodes have them. */
export const projectImages = {
  operator: 'e2e.syncreplica.io/operator:dev',
  agent: 'e2e.syncreplica.io/agent:dev',
} as const;

/** Each target of the Dockerfile and the name of its image. */
export type ProjectImages = Readonly<Record<keyof typeof projectImages, string>>;

/** Node on a Debian with a shell: what scenarios run in pods of their own. The public image of this name elsewhere. */
export const toolImage = 'docker.io/library/node:26-bookworm-slim';

/** Makes the tool image when it is not there, ready to be loaded. */
export async function buildToolImage(progress: Progress, env: NodeJS.ProcessEnv): Promise<void> {
  if (isSaved(env, toolImage)) return;
  await ensureBaseImage(progress, env, toolImage);
  await saveImages(env, [toolImage]);
}

/** Builds the targets of the project's Dockerfile as it is; ready to be loaded. After a change only what it touches is built. */
export async function buildProjectImages(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  project: string,
  {
    file = join(project, 'Dockerfile'),
    images = projectImages,
  }: { file?: string | undefined; images?: ProjectImages } = {},
): Promise<void> {
  if (!existsSync(file))
    throw new ClusterError('no-dockerfile', `build ${file}: no such file`, 'Name it with --dockerfile');
  // The Dockerfile copies what the build has made: without this a change of code would not be in the images.
  await progress.step('npm run build', () => runCommand('npm', ['run', '--silent', 'build'], { cwd: project }));
  await buildTargets(progress, env, project, file, images);
  await progress.step('save them', () => saveImages(env, Object.values(images)));
}

/** Builds every target into buildah's store; `folder` is what the Dockerfile copies from. */
export async function buildTargets(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  folder: string,
  file: string,
  images: Readonly<Record<string, string>>,
  foreign?: ForeignProcessor,
): Promise<void> {
  for (const image of baseImagesOf(readFileSync(file, 'utf8'))) await ensureBaseImage(progress, env, image, foreign);
  for (const [target, image] of Object.entries(images)) {
    await progress.step(`build ${image}`, () =>
      buildTarget(env, folder, file, target, [...platformOf(foreign), '--tag', image]),
    );
  }
}

async function buildTarget(
  env: NodeJS.ProcessEnv,
  folder: string,
  file: string,
  target: string,
  made: readonly string[],
): Promise<void> {
  const npmrc = writeNpmrc();
  const place = ['--isolation', 'chroot', '--network', 'host', ...hostFiles(npmrc), ...hostEnv(env)];
  const what = ['--layers', '--pull-never', '--target', target, ...made, '--file', file, folder];
  try {
    await buildah(env, ['build', '--quiet', ...place, ...what]);
  } finally {
    rmSync(npmrc, { force: true });
  }
}

const authorities = '/etc/ssl/certs/ca-certificates.crt';

/** How this machine reaches package mirrors and registries, lent to the build read-only and not kept in the image. */
function hostFiles(npmrc: string): string[] {
  const asTheyAre = ['/etc/apt', '/usr/share/keyrings', '/etc/ssl/certs', '/usr/local/share/ca-certificates'];
  const lent = asTheyAre.filter((path) => existsSync(path)).map((path) => `${path}:${path}:ro`);
  return [...lent, `${npmrc}:/root/.npmrc:ro`].flatMap((volume) => ['--volume', volume]);
}

/** npm's settings of this user, and this machine's authorities: Node by itself trusts only its own list. */
function writeNpmrc(): string {
  const path = join(tmpdir(), `syncreplica-npmrc-${process.pid}`);
  const own = join(homedir(), '.npmrc');
  const settings = existsSync(own) ? readFileSync(own, 'utf8') : '';
  const trust = existsSync(authorities) ? `cafile=${authorities}\n` : '';
  writeFileSync(path, `${settings.trimEnd()}\n${trust}`, { mode: 0o600 });
  return path;
}

function hostEnv(env: NodeJS.ProcessEnv): string[] {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return names.flatMap((name) => (env[name] === undefined ? [] : ['--build-arg', `${name}=${env[name]}`]));
}
