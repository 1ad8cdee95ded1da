import { join } from 'node:path';
import { buildah, saveImage } from '../../e2e/cluster/buildah.ts';
import type { Progress } from '../../e2e/cluster/progress.ts';
import { buildProjectImages, projectImages } from '../../e2e/cluster/project-images.ts';
import type { ReleaseOptions } from './stage-program.ts';

/** Both images of this machine's processor, as archives that `docker load` and `ctr image import` take. */
export const packImages = async (options: ReleaseOptions, progress: Progress): Promise<string[]> => {
  const env = process.env;
  await buildProjectImages(progress, env, options.project);
  const files: string[] = [];
  for (const [name, built] of Object.entries(projectImages)) {
    const image = `ghcr.io/syncreplica/${name}:${options.version}`;
    await buildah(env, ['tag', built, image]);
    const file = join(
      options.out,
      `syncreplica-${name}-${options.version}-${process.arch === 'x64' ? 'amd64' : process.arch}.tar`,
    );
    await saveImage(env, image, file);
    files.push(file);
  }
  return files;
};
