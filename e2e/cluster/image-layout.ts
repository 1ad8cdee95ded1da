import { spawn } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { cacheFolder } from './binaries.ts';
import { buildah } from './buildah.ts';
import { ClusterError } from './failure.ts';
import type { Layout } from './layout.ts';
import { ctrCommand, imagesOfNode, untilContainerd } from './load-image.ts';
import { withLockWaiting } from './lock.ts';
import { machinePid } from './machine.ts';

/*
 * Images travel as an OCI image layout (https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md) that all
 * of them share: buildah writes, and a node is sent, only the blobs that are new. After a change of code those are few and small.
 */

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Bytes from which on a packed layer is worth keeping unpacked. */
const large = 4 << 20;

/** Writes images of buildah's store into the shared layout. */
export function saveImages(env: NodeJS.ProcessEnv, images: readonly string[]): Promise<void> {
  return alone(env, () => save(env, images));
}

async function save(env: NodeJS.ProcessEnv, images: readonly string[]): Promise<void> {
  const folder = layoutFolder(env);
  mkdirSync(folder, { recursive: true });
  for (const image of images) {
    const { stdout } = await buildah(env, ['inspect', '--type', 'image', '--format', '{{.FromImageID}}', image]);
    if (configOf(folder, image) === `sha256:${stdout.trim()}`) continue; // pushing reads and packs every layer anew
    const push = ['push', '--quiet', image, `oci:${folder}:${tagOf(image)}`];
    await buildah(env, push);
    if (await unpackLayers(folder, image)) await buildah(env, push);
  }
  sweep(folder);
}

/** True when the layout has the image. */
export function isSaved(env: NodeJS.ProcessEnv, image: string): boolean {
  return descriptorsOf(layoutFolder(env)).some((one) => isNamed(one, image));
}

/** Loads saved images into every node that runs. */
export async function loadSavedIntoNodes(
  env: NodeJS.ProcessEnv,
  layout: Layout,
  images: readonly string[],
): Promise<void> {
  const running = layout.nodes.filter(({ name }) => machinePid(layout, name) !== undefined);
  await alone(env, () => Promise.all(running.map(({ name }) => loadSaved(env, layout, name, images))));
}

/** Loads saved images into one node: what it has already is not sent. */
async function loadSaved(
  env: NodeJS.ProcessEnv,
  layout: Layout,
  node: string,
  images: readonly string[],
): Promise<void> {
  const folder = layoutFolder(env);
  await untilContainerd(layout, node);
  const list = await ctrCommand(layout, node, ['content', 'list', '--quiet']);
  const has = new Set(list.stdout.split('\n'));
  const named = descriptorsOf(folder).flatMap((one) => {
    const image = images.find((candidate) => isNamed(one, candidate));
    return image === undefined ? [] : [{ ...one, annotations: { 'io.containerd.image.name': image } }];
  });
  const known = await imagesOfNode(layout, node);
  const news = named.filter(({ digest, annotations }) => {
    return !has.has(digest) || !known.includes(annotations['io.containerd.image.name']);
  });
  if (news.length === 0) return;
  const blobs = new Set(news.flatMap((one) => [one.digest, ...referencesOf(folder, one.digest)]));
  const manifests = new Set(news.map(({ digest }) => digest));
  const sent = [...blobs].filter((digest) => !has.has(digest) || manifests.has(digest));
  await sendTo(layout, node, folder, news, sent);
}

async function sendTo(
  layout: Layout,
  node: string,
  folder: string,
  manifests: readonly Descriptor[],
  blobs: readonly string[],
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'syncreplica-index-'));
  try {
    writeFileSync(join(work, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    writeFileSync(join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const files = blobs.map((digest) => `blobs/${digest.replace(':', '/')}`);
    const tar = spawn('tar', ['-cf', '-', '-C', work, 'oci-layout', 'index.json', '-C', folder, ...files], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await ctrCommand(layout, node, ['images', 'import', '-'], tar.stdout);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** All clusters share the layout: what one reads, another must not sweep away. */
function alone<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  return withLockWaiting(`${layoutFolder(env)}.lock`, 'images', 600_000, work);
}

function layoutFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), 'layout');
}

function descriptorsOf(folder: string): readonly Descriptor[] {
  const index = join(folder, 'index.json');
  return existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')).manifests : [];
}

function isNamed(descriptor: Descriptor, image: string): boolean {
  return descriptor.annotations?.['org.opencontainers.image.ref.name'] === tagOf(image);
}

/** A name that a layout may have as a tag: no slash, no colon. */
function tagOf(image: string): string {
  return image.replace(/[^a-zA-Z0-9.-]/g, '-');
}

/** The digests of a manifest's configuration and layers. */
function referencesOf(folder: string, digest: string): readonly string[] {
  const manifest = readJson<Manifest>(folder, digest);
  return [manifest.config, ...manifest.layers].map((one) => one.digest);
}

/**
 * Puts large packed layers into the layout unpacked, under the digest by which buildah looks for them: the next push, of
 * this image or of another with the same layer, finds it there instead of packing it anew. True when there were any.
 */
async function unpackLayers(folder: string, image: string): Promise<boolean> {
  const descriptor = descriptorsOf(folder).find((one) => isNamed(one, image));
  if (descriptor === undefined) return false;
  const manifest = readJson<Manifest>(folder, descriptor.digest);
  const digests = readJson<{ rootfs: { diff_ids: string[] } }>(folder, manifest.config.digest).rootfs.diff_ids;
  let unpacked = false;
  for (const [index, layer] of manifest.layers.entries()) {
    const target = blobPath(folder, digests[index] ?? '');
    if (!layer.mediaType.endsWith('+gzip') || layer.size < large || existsSync(target)) continue;
    const unfinished = `${target}.${process.pid}`;
    await pipeline(createReadStream(blobPath(folder, layer.digest)), createGunzip(), createWriteStream(unfinished));
    renameSync(unfinished, target);
    unpacked = true;
  }
  return unpacked;
}

function readJson<T>(folder: string, digest: string): T {
  return JSON.parse(readFileSync(blobPath(folder, digest), 'utf8')) as T;
}

/** The digest of the saved image's configuration, which is the image's id; undefined when it isn't saved. */
function configOf(folder: string, image: string): string | undefined {
  const descriptor = descriptorsOf(folder).find((one) => isNamed(one, image));
  return descriptor === undefined ? undefined : referencesOf(folder, descriptor.digest)[0];
}

/** Forgets the manifests that a newer one of the same name has replaced, and removes the blobs that no image needs any more. */
function sweep(folder: string): void {
  const manifests = descriptorsOf(folder).filter(({ annotations }) => annotations !== undefined);
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  const needed = new Set(manifests.flatMap(({ digest }) => [digest, ...referencesOf(folder, digest)]));
  for (const name of readdirSync(join(folder, 'blobs', 'sha256'))) {
    if (!needed.has(`sha256:${name}`)) rmSync(blobPath(folder, `sha256:${name}`), { force: true });
  }
}

function blobPath(folder: string, digest: string): string {
  const [algorithm, hex] = digest.split(':');
  if (algorithm === undefined || hex === undefined) {
    throw new ClusterError('bad-digest', `read image layout ${folder}: "${digest}" is no digest`, 'Delete the folder');
  }
  return join(folder, 'blobs', algorithm, hex);
}
