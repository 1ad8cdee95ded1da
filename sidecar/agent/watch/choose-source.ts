/** How a tree is watched. */
export type SourceChoice = 'inotify' | 'chokidar' | 'polling';

/**
 * Magic numbers of statfs(2) (linux/magic.h and the file systems' own) where another node or a server may write
 * without an event here, or where events are not raised at all. FUSE may be anything (s3fs, GlusterFS, sshfs): it polls.
 */
const remoteFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x00c36400, 'CephFS'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'kAFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x19830326, 'BeeGFS'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0xbacbacbc, 'VMware shared folder'],
  [0x6a656a63, 'Docker Desktop share'],
  [0xaad7aaea, 'PanFS'],
]);

/** The name of a network or shared file system, or undefined for one that only this machine writes. */
export const remoteFileSystemOf = (statfsType: number): string | undefined => remoteFileSystems.get(statfsType >>> 0);

/** `statfsType` is undefined where statfs can't tell; `override` wins over everything but the platform. */
export const chooseSource = (facts: {
  readonly platform: NodeJS.Platform;
  readonly statfsType: number | undefined;
  readonly override?: SourceChoice | undefined;
}): SourceChoice => {
  const { platform, statfsType, override } = facts;
  if (override !== undefined && !(override === 'inotify' && platform !== 'linux')) return override;
  if (platform !== 'linux') return 'chokidar';
  return statfsType !== undefined && remoteFileSystemOf(statfsType) !== undefined ? 'polling' : 'inotify';
};
