import { join } from 'node:path';
import { saveImages } from './image-layout.ts';
import type { Progress } from './progress.ts';
import { buildTargets } from './project-images.ts';

/** What people run: git, nginx, PHP, PostgreSQL and their like, beside Node. */
export const programsImage = 'e2e.syncreplica.io/programs:dev';

/** Makes the image of testing/programs; seconds when it is there. */
export async function buildProgramsImage(progress: Progress, env: NodeJS.ProcessEnv, project: string): Promise<void> {
  const folder = join(project, 'testing', 'programs');
  await buildTargets(progress, env, folder, join(folder, 'Dockerfile'), { programs: programsImage });
  await progress.step('save it', () => saveImages(env, [programsImage]));
}
