import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import type { Progress } from './progress.ts';
import { buildProjectImages, type ProjectImages } from './project-images.ts';

/**
 * The version before this one, as long as none is released: a state of the project from before connections had epochs, and
 * before history, verification and hooks. It calls itself older than what today's settings ask for.
 */
const commit = 'a226e8b7e3a7f5fce45061bdb90439fc4e80408a';
export const earlierVersion = '0.0.9';
const tag = 'earlier';

const earlierImages: ProjectImages = {
  operator: `e2e.syncreplica.io/operator:${tag}`,
  agent: `e2e.syncreplica.io/agent:${tag}`,
};

/** Its sources and its chart, once its images are built. */
export const earlierFolder = (env: NodeJS.ProcessEnv): string => join(cacheFolder(env), 'earlier', commit);

/** Values for its chart, besides those of its own scenarios. */
export const earlierValues = { image: { tag } };

/** Builds the images of the version before from the project's history, and gives their names; seconds when they are there. */
export async function buildEarlierImages(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  project: string,
): Promise<readonly string[]> {
  const folder = earlierFolder(env);
  if (!existsSync(folder)) await progress.step('the version before', () => checkOut(project, folder));
  await buildProjectImages(progress, env, folder, { images: earlierImages });
  return Object.values(earlierImages);
}

async function checkOut(project: string, folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const archive = `${unfinished}.tar`;
  const pack = ['-C', project, 'archive', '--output', archive, commit];
  await runCommand('git', pack).catch((cause: unknown) => {
    const hint = 'Clone the project with its history: git fetch --unshallow';
    throw new ClusterError('no-history', `find commit ${commit}: it is not in this clone`, hint, cause);
  });
  await runCommand('tar', ['-xf', archive, '-C', unfinished]);
  rmSync(archive);
  const manifest = join(unfinished, 'package.json');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace(/"version": "[^"]+"/, `"version": "${earlierVersion}"`));
  await runCommand('npm', ['ci', '--no-audit', '--no-fund'], { cwd: unfinished, timeoutMs: 600_000 });
  renameSync(unfinished, folder);
}
