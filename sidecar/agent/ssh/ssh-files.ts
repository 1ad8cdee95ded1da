import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshFiles, SshTarget } from '../../../src/api/settings/replication-settings.ts';
import { type MemoryFile, makeMemoryFile } from '../../../src/process/memory/memory-file.ts';

/** What every ssh of one connection needs besides its options. */
export interface OpenSshFiles extends SshFiles {
  /** The program, and what it has to be started by. */
  readonly program: readonly string[];
  readonly controlSocket: string;
  /** Nothing is left of it. */
  close(): void;
}

/**
 * Key and known hosts as files, and an account for a user whom the system knows by its number alone: in memory, what comes from a
 * Secret shall be on no disk. `stateDir`: an agent's own directory, where there is one.
 */
export const openSshFiles = (target: SshTarget, stateDir: string | undefined): OpenSshFiles => {
  const inMemory: MemoryFile[] = [];
  const keep = (name: string, text: string): string => {
    const file = makeMemoryFile(name, text);
    inMemory.push(file);
    return file.path;
  };
  const directory = makeDirectory(target, stateDir);
  const close = (): void => {
    for (const file of inMemory) file.close();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const program = [...accountOf(keep), 'ssh'];
    return { ...filesOf(target, keep), program, controlSocket: join(directory, 'c'), close };
  } catch (error) {
    close();
    throw error;
  }
};

let opened = 0;

/**
 * Its path must be short: a socket's name has room for a hundred bytes. In a pod an agent's own directory is the only one that it may
 * write to and that nobody else has; what a killed agent left there goes.
 */
const makeDirectory = (target: SshTarget, stateDir: string | undefined): string => {
  if (stateDir === undefined || !('key' in target)) return mkdtempSync(join(tmpdir(), 'srep-ssh-'));
  opened += 1;
  const directory = join(stateDir, `ssh-${opened}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
};

type Keep = (name: string, text: string) => string;

/** A key without its last line end is none to ssh. */
const filesOf = (target: SshTarget, keep: Keep): SshFiles =>
  'key' in target
    ? {
        keyFile: keep('ssh-key', `${target.key.trimEnd()}\n`),
        knownHostsFile: keep('known-hosts', `${target.knownHosts.trimEnd()}\n`),
      }
    : { keyFile: target.keyFile, knownHostsFile: target.knownHostsFile };

/** ssh does nothing for a user without an account, as one in a pod is: it is told of one, and nobody else is. */
const accountOf = (keep: Keep): string[] => {
  if (hasAccount()) return [];
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return [
    'env',
    'LD_PRELOAD=libnss_wrapper.so',
    `NSS_WRAPPER_PASSWD=${keep('passwd', `agent:x:${uid}:${gid}:agent:/:/bin/sh\n`)}`,
    `NSS_WRAPPER_GROUP=${keep('group', `agent:x:${gid}:\n`)}`,
  ];
};

const hasAccount = (): boolean => {
  try {
    userInfo();
    return true;
  } catch (error) {
    if ((error as { info?: { code?: string } }).info?.code === 'ENOENT') return false;
    throw error;
  }
};
