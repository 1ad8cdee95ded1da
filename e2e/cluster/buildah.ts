import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './binaries.ts';
import { type CommandOptions, type CommandResult, runCommand } from './command.ts';

/** Runs buildah on a store of our own in the cache. In its own mount namespace, so that the store leaves no mount behind. */
export function buildah(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const store = join(cacheFolder(env), 'images');
  const place = ['--root', join(store, 'store'), '--runroot', join(store, 'run'), '--storage-driver', 'overlay'];
  return runCommand('unshare', ['--mount', '--', 'buildah', ...place, ...args], options);
}

/** True when the store has an image of this name. */
export async function hasImage(env: NodeJS.ProcessEnv, image: string): Promise<boolean> {
  const { code } = await buildah(env, ['inspect', '--type', 'image', image], { okCodes: [0, 1, 125] });
  return code === 0;
}

/** Writes an image of the store as an archive that a node can load; uncompressed, for it only crosses a socket. */
export async function saveImage(env: NodeJS.ProcessEnv, image: string, archive: string): Promise<void> {
  rmSync(archive, { force: true }); // buildah adds to none
  await buildah(env, ['push', image, `docker-archive:${archive}:${image}`]);
}
