import { accessSync, constants, existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findHierarchies } from './cgroups.ts';
import { runCommand, tryCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import type { Progress } from './progress.ts';

/** What a cluster needs from Debian: the program that shows it is there → its package. */
const packages: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  nft: 'nftables',
  conntrack: 'conntrack',
  iptables: 'iptables',
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
  gcc: 'gcc',
  '/usr/include/stdio.h': 'libc6-dev',
  ip: 'iproute2',
  tc: 'iproute2',
  ethtool: 'ethtool',
  sysctl: 'procps',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  losetup: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  openssl: 'openssl',
  'update-ca-certificates': 'ca-certificates',
};

const gibibyte = 1024 ** 3;

/** Throws one of the ClusterErrors below unless this machine can run a cluster; installs missing Debian packages first. */
export async function requireMachineFit(progress: Progress, env: NodeJS.ProcessEnv): Promise<void> {
  const missing = missingPackages(env);
  if (process.getuid?.() !== 0) {
    const install = missing.length > 0 ? `; missing from Debian: apt-get install ${missing.join(' ')}` : '';
    throw new ClusterError('not-root', 'start the cluster: nodes need root', `Run it as root${install}`);
  }
  if (missing.length > 0) await installPackages(progress, missing, env);
  await requireKernel();
  allowWatches(progress);
}

/** Throws ClusterError `disk-full` unless the file system of `folder` (or of what will hold it) has room for `gib` GiB. */
export function requireDisk(folder: string, gib: number): void {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  const free = (bavail * bsize) / gibibyte;
  if (free >= gib) return;
  const hint = 'Free some, or set XDG_CACHE_HOME to a larger disk';
  throw new ClusterError('disk-full', `use ${folder}: ${free.toFixed(1)} GiB free, ${gib} GiB needed`, hint);
}

/** The Debian packages that are not there, each once. */
export function missingPackages(env: NodeJS.ProcessEnv): readonly string[] {
  const found = (name: string) => (name.startsWith('/') ? existsSync(name) : isProgram(name, env));
  return [...new Set(Object.entries(packages).flatMap(([name, packageName]) => (found(name) ? [] : [packageName])))];
}

/** True when a process here may lower an OOM score: CAP_SYS_RESOURCE (bit 24) is effective. */
export function mayLowerOomScore(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & (1n << 24n)) !== 0n;
}

function isProgram(name: string, env: NodeJS.ProcessEnv): boolean {
  const folders = `${env.PATH ?? ''}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function installPackages(progress: Progress, missing: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const words = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!isProgram('apt-get', env)) {
    throw new ClusterError('no-packages', `install ${missing.join(', ')}: no apt-get here`, 'Install them by hand');
  }
  await progress.step(words, async () => {
    const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
    const install = ['install', '-y', '-q', '--no-install-recommends', ...missing];
    const first = await tryCommand('apt-get', install, quiet);
    if (first.code === 0) return;
    await runCommand('apt-get', ['update', '-q'], quiet);
    await runCommand('apt-get', install, quiet);
  });
}

/** Tries each thing that the kernel must be able to do, in namespaces that are gone at once. */
async function requireKernel(): Promise<void> {
  const hierarchies = findHierarchies();
  if (hierarchies.version === 1) {
    for (const controller of ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices']) {
      if (hierarchies.folders.some((folder) => folder.endsWith(`/${controller}`))) continue;
      const hint = 'Mount it below /sys/fs/cgroup, or use a machine with cgroup v2';
      throw new ClusterError('kernel-lacks', `use the kernel: no cgroup controller ${controller}`, hint);
    }
  }
  const tries: Readonly<Record<string, string>> = {
    'namespaces (network, mount, process, host name)': 'true',
    'network bridges': 'ip link add name br type bridge',
    'veth pairs': 'ip link add name v0 type veth peer name v1',
    nftables: 'nft add table ip t && nft "add chain ip t c { type nat hook prerouting priority 0; }"',
    overlayfs: 'grep -qw overlay /proc/filesystems || modprobe overlay',
    'loop devices': 'test -e /dev/loop-control || modprobe loop',
  };
  for (const [what, script] of Object.entries(tries)) {
    const flags = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork'];
    const { code, stderr } = await tryCommand('unshare', [...flags, 'sh', '-c', script]);
    if (code === 0) continue;
    const hint = 'Use a machine, or a privileged container, whose kernel has it';
    throw new ClusterError('kernel-lacks', `use the kernel: it does not do ${what}: ${stderr.trim()}`, hint);
  }
}

/** Pods and programs of all nodes share the host's count of inotify instances; 128 is too few for two nodes. */
function allowWatches(progress: Progress): void {
  const path = '/proc/sys/fs/inotify/max_user_instances';
  const wanted = 1024;
  const now = Number(readFileSync(path, 'utf8'));
  if (now >= wanted) return;
  try {
    writeFileSync(path, String(wanted));
    progress.say(`raised fs.inotify.max_user_instances from ${now} to ${wanted}`);
  } catch {
    progress.say(`fs.inotify.max_user_instances is ${now} and can't be raised: few pods may watch files at once`);
  }
}
