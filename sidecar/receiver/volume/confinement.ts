import { execFile } from 'node:child_process';
import { access, constants, readFile as readFileText } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../../src/process/failure.ts';
import type { VolumeDirectory } from './volume-directory.ts';

/**
 * What keeps an rsync that a hostile client has tricked inside the replica, beyond rsync's own care:
 * Landlock (landlock(7), Linux 5.19 or newer, any user), and chroot where that is allowed.
 */
export interface Confinement {
  readonly chroot: boolean;
  /** Absolute path of rsync. */
  readonly rsync: string;
}

export const describeConfinement = ({ chroot }: Confinement): string => (chroot ? 'chroot+landlock' : 'landlock');

const run = promisify(execFile);

/** Access rights of linux/landlock.h. */
const execute = 0x1;
const writeFile = 0x2;
const readFile = 0x4;
const readDirectory = 0x8;
const makeFile = 0x100;
/** All but execute and device ioctls; with `refer`, for files are renamed from tmp/ to data/. */
const everything = 0x7ffe;

/**
 * Restricts itself to the rules given (`ACCESS PATH` lines), then becomes the command. Perl, because it is in every
 * Debian image (perl-base is essential), starts in 2 ms, and the restriction must happen between fork and exec.
 * The connection comes as descriptor 3 and becomes standard input, as inetd would hand it over.
 * System call numbers are those of x64 and arm64; only prctl's differs.
 */
const launcher = `
use strict;
my ($prctl, $rules, @command) = @ARGV;
my $abi = syscall(444, 0, 0, 1);
if ($prctl eq 'abi') { print $abi; exit 0 }
sub fail { print STDERR "confine rsync: $_[0]: $!\\n"; exit 126 }
my $fs = $abi >= 5 ? 0xffff : $abi >= 3 ? 0x7fff : 0x3fff;
my $attributes = pack('QQQ', $fs, $abi >= 4 ? 3 : 0, $abi >= 6 ? 3 : 0);
my $ruleset = syscall(444, $attributes, $abi >= 6 ? 24 : $abi >= 4 ? 16 : 8, 0);
fail('create ruleset') if $ruleset < 0;
for my $rule (split /\\n/, $rules) {
  my ($access, $path) = split / /, $rule, 2;
  next unless sysopen(my $file, $path, 0x280000);
  my $beneath = pack('Ql', $access & $fs, fileno($file));
  fail("allow $path") if syscall(445, $ruleset, 1, $beneath, 0) != 0;
}
fail('forgo privileges') if syscall($prctl, 38, 1, 0, 0, 0) != 0;
fail('restrict') if syscall(446, $ruleset, 0) != 0;
open(my $connection, '+<&=', 3) or fail('take connection');
open(STDIN, '<&', $connection) or fail('take connection');
close($connection);
exec { $command[0] } @command or fail("run $command[0]");
`;

/**
 * Finds out what this machine offers.
 * @throws Failure `CannotConfine` without Landlock: a chroot alone leaves the volume's own state within reach of an rsync
 * that a link in the replica leads astray; `RsyncMissing`
 */
export const detectConfinement = async (): Promise<Confinement> => {
  const rsync = await findRsync();
  const abi = await run('perl', ['-e', launcher, 'abi']).then(
    ({ stdout }) => Number(stdout),
    () => -1,
  );
  if (abi < 2 || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new Failure('CannotConfine', 'start receiver: there is no Landlock to keep rsync inside the replica', {
      hint: 'use a node with Linux 5.19 or newer, Landlock enabled (lsm=landlock,… on the kernel’s command line), x64 or arm64, and perl in the image',
    });
  }
  return { chroot: mayChroot(await readFileText('/proc/self/status', 'latin1')), rsync };
};

const sysChroot = 1n << 18n; // CAP_SYS_CHROOT of linux/capability.h

/** By the capabilities that are in effect, as proc(5) tells them: root in a container may lack this one. */
export const mayChroot = (status: string): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && (BigInt(`0x${effective}`) & sysChroot) !== 0n;
};

/** The command that runs rsync with these arguments, confined to the replica and what it needs to run at all. */
export const confinedRsync = (
  confinement: Confinement,
  volume: VolumeDirectory,
  use: { readonly files: { readonly read: readonly string[]; readonly logs: string }; readonly reading: boolean },
  args: readonly string[],
): { readonly file: string; readonly args: readonly string[] } => {
  const rule = (rights: number, paths: readonly string[]): string[] => paths.map((path) => `${rights} ${path}`);
  const rules = [
    ...rule(execute | readFile, ['/usr', '/lib', '/lib64', confinement.rsync]),
    ...rule(readFile, ['/etc/ld.so.cache', '/etc/localtime', '/dev/urandom', ...use.files.read]),
    ...rule(readFile | writeFile, ['/dev/null']),
    ...rule(writeFile | makeFile, [use.files.logs]),
    ...(use.reading
      ? rule(readFile | readDirectory, [volume.data])
      : rule(everything, [volume.data, volume.temporary, volume.partial])),
  ];
  const prctl = process.arch === 'arm64' ? '167' : '157';
  return { file: 'perl', args: ['-e', launcher, prctl, rules.join('\n'), confinement.rsync, ...args] };
};

const findRsync = async (): Promise<string> => {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'rsync');
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  throw new Failure('RsyncMissing', 'start receiver: there is no rsync in PATH', {
    hint: 'install rsync 3.5.0 or newer',
  });
};
