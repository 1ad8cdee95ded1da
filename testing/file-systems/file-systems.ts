import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file system that a source or a target may lie on. */
export interface FileSystem {
  readonly name: string;
  /** Mounts it. `base` is an empty directory for whatever it needs. @returns where it is */
  mount(base: string): string;
}

const run = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

const directory = (base: string, name: string): string => {
  const path = join(base, name);
  mkdirSync(path, { recursive: true });
  return path;
};

/** In a file of this machine, behind a loop device. */
const onLoop = (name: string, make: readonly [string, ...string[]]): FileSystem => ({
  name,
  mount(base) {
    const image = join(base, 'image');
    run('truncate', '--size=1G', image);
    const [program, ...args] = make;
    run(program, ...args, image);
    const at = directory(base, 'at');
    run('mount', '-o', 'loop', image, at);
    return at;
  },
});

const tmpfs: FileSystem = {
  name: 'tmpfs',
  mount(base) {
    const at = directory(base, 'at');
    run('mount', '-t', 'tmpfs', '-o', 'size=2g', 'tmpfs', at);
    return at;
  },
};

/** On tmpfs, as a container's own file system often is on a disk. */
const overlay: FileSystem = {
  name: 'overlayfs',
  mount(base) {
    const layers = tmpfs.mount(base);
    const options = ['lower', 'upper', 'work'].map((layer) => `${layer}dir=${directory(layers, layer)}`);
    const at = directory(base, 'merged');
    run('mount', '-t', 'overlay', '-o', options.join(','), 'overlay', at);
    return at;
  },
};

/** Changes raise no event that could be relied on: the agent looks at such a source from time to time. */
const fuse: FileSystem = {
  name: 'FUSE (bindfs)',
  mount(base) {
    const at = directory(base, 'at');
    run('bindfs', '-o', 'allow_other', directory(base, 'below'), at);
    return at;
  },
};

/** All that can be had on a Linux machine without other machines. */
export const fileSystems: readonly FileSystem[] = [
  tmpfs,
  overlay,
  onLoop('ext4', ['mkfs.ext4', '-q', '-F']),
  onLoop('ext4, inodes of 128 bytes', ['mkfs.ext4', '-q', '-F', '-I', '128']),
  onLoop('xfs', ['mkfs.xfs', '-q', '-f']),
  onLoop('btrfs', ['mkfs.btrfs', '-q', '-f']),
  fuse,
];
