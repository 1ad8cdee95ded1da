import { join } from 'node:path';
import { cacheFolder } from '../../e2e/cluster/binaries.ts';
import { buildah, saveImage } from '../../e2e/cluster/buildah.ts';
import { tryCommand } from '../../e2e/cluster/command.ts';
import type { Progress } from '../../e2e/cluster/progress.ts';
import { buildProjectImages, buildTargets, projectImages } from '../../e2e/cluster/project-images.ts';
import { fetchNode, type Platform, platforms, type ReleaseOptions, stageProgram } from './stage-program.ts';

/** By the program that mmdebstrap asks too. */
const isEmulated = async ({ debian }: Platform): Promise<boolean> =>
  (await tryCommand('sh', ['-c', `arch-test ${debian}`])).code === 0;

/** Builds the images of another processor from what its program is staged with, in a store of its own: names are the same. */
const buildForeign = async (
  platform: Platform,
  options: ReleaseOptions,
  progress: Progress,
): Promise<typeof process.env> => {
  const env = { ...process.env, XDG_CACHE_HOME: join(cacheFolder(process.env), platform.debian) };
  const folder = join(await stageProgram(platform, options), 'lib/syncreplica');
  const node = await fetchNode('linux', platform.node, options);
  const foreign = { debian: platform.debian, node };
  await buildTargets(progress, env, folder, join(options.project, 'Dockerfile'), projectImages, foreign);
  return env;
};

/** Both images of each processor that this machine runs or emulates, as archives that `docker load` and `ctr image import` take. */
export const packImages = async (options: ReleaseOptions, progress: Progress): Promise<string[]> => {
  const files: string[] = [];
  for (const platform of platforms) {
    let env = process.env;
    if (platform.node === process.arch) await buildProjectImages(progress, env, options.project);
    else if (await isEmulated(platform)) env = await buildForeign(platform, options, progress);
    else {
      await progress.step(`images for ${platform.debian} are left out`, async (note) =>
        note('its programs don’t run here; docs/images.md says what makes them'),
      );
      continue;
    }
    for (const [name, built] of Object.entries(projectImages)) {
      const image = `ghcr.io/syncreplica/${name}:${options.version}`;
      await buildah(env, ['tag', built, image]);
      const file = join(options.out, `syncreplica-${name}-${options.version}-${platform.debian}.tar`);
      await saveImage(env, image, file);
      files.push(file);
    }
  }
  return files;
};
