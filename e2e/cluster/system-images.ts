import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildah, saveImage } from './buildah.ts';
import { runCommand } from './command.ts';
import type { Progress } from './progress.ts';

/** The images that the cluster itself is made of: each one static program on nothing. */
export const pauseImage = 'e2e.syncreplica.io/pause:v1';
const coreImages = [
  { image: 'e2e.syncreplica.io/coredns:v1', program: 'coredns' },
  { image: 'e2e.syncreplica.io/probe:v1', program: 'probe' },
] as const;

/** Builds what is missing of them and returns the archives, to be loaded into every node. */
export async function buildSystemImages(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  bin: string,
): Promise<readonly string[]> {
  const folder = join(bin, '..', 'images');
  mkdirSync(folder, { recursive: true });
  const pause = { image: pauseImage, archive: join(folder, 'pause.tar'), prepare: compilePause };
  const core = coreImages.map(({ image, program }) => {
    // Named by what is in it: the program's own file carries the key of its source.
    const built = realpathSync(join(bin, program));
    const archive = join(folder, `${built.slice(built.lastIndexOf('/') + 1)}.tar`);
    return { image, archive, prepare: async (context: string) => cpSync(built, join(context, 'program')) };
  });
  const wanted = [pause, ...core];
  const missing = wanted.filter(({ archive }) => !existsSync(archive));
  if (missing.length > 0) {
    await progress.step('build the images of the cluster itself', async () => {
      for (const { image, archive, prepare } of missing) await buildOne(env, image, archive, prepare);
    });
  }
  return wanted.map(({ archive }) => archive);
}

async function buildOne(
  env: NodeJS.ProcessEnv,
  image: string,
  archive: string,
  prepare: (context: string) => Promise<void>,
): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'syncreplica-image-'));
  const unfinished = `${archive}.${process.pid}`;
  try {
    await prepare(context);
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM scratch\nCOPY program /program\nUSER 65532:65532\nENTRYPOINT ["/program"]\n',
    );
    await buildah(env, ['build', '--isolation', 'chroot', '--tag', image, context]);
    await saveImage(env, image, unfinished);
    if (statSync(unfinished).size > 0) renameSync(unfinished, archive);
  } finally {
    rmSync(context, { recursive: true, force: true });
    rmSync(unfinished, { force: true });
  }
}

/** The pause program that holds a pod's namespaces, from Kubernetes' own source in Go's module cache. */
async function compilePause(context: string): Promise<void> {
  const list = ['list', '-m', '-f', '{{.Dir}}', 'k8s.io/kubernetes'];
  const { stdout } = await runCommand('go', list, { cwd: import.meta.dirname, env: { GOTOOLCHAIN: 'local' } });
  const source = join(stdout.trim(), 'build/pause/linux/pause.c');
  await runCommand('gcc', ['-Os', '-static', '-DVERSION=e2e', '-o', join(context, 'program'), source]);
}
