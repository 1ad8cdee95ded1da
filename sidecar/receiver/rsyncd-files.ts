import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../src/process/failure.ts';

/** The files of one receiver's rsync daemons: configuration, secret, and a log for each connection. */
export interface RsyncdFiles {
  readonly config: string;
  readonly secrets: string;
  readonly logs: string;
  writeConfig(text: string): Promise<void>;
  writeSecret(username: string, password: string): Promise<void>;
  /** The path of a log that doesn't exist yet. */
  nextLog(): string;
  /** What a log says, at most its last 4 KiB; removes it. */
  takeLog(path: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes the directory below the system's temporary one that belongs to a volume, empty and for our eyes only; what a
 * killed receiver left there goes. The volume's lock makes sure that nobody else uses it.
 * @throws Failure `RuntimeDirectoryUnsafe`
 */
export const createRsyncdFiles = async (volumeRoot: string): Promise<RsyncdFiles> => {
  const uid = process.getuid?.() ?? 0;
  const name = createHash('sha256').update(volumeRoot).digest('hex').slice(0, 16);
  const directory = join(tmpdir(), `syncreplica-receiver-${uid}-${name}`);
  await mkdir(directory, { mode: 0o700 }).catch(() => {});
  const stat = await lstat(directory);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
    throw new Failure('RuntimeDirectoryUnsafe', `use ${directory}: it is not a directory of ours alone`, {
      hint: 'remove it, or set TMPDIR to another directory',
    });
  }
  const config = join(directory, 'rsyncd.conf');
  const secrets = join(directory, 'secrets');
  const logs = join(directory, 'logs');
  for (const path of [config, secrets, logs]) await rm(path, { recursive: true, force: true });
  await mkdir(logs, { mode: 0o700 });
  let count = 0;
  return {
    config,
    secrets,
    logs,
    writeConfig: (text) => writeFile(config, text, { mode: 0o600 }),
    writeSecret: (username, password) => writeFile(secrets, `${username}:${password}\n`, { mode: 0o600 }),
    nextLog: () => join(logs, String(++count)),
    async takeLog(path) {
      const text = await readFile(path, 'utf8').catch(() => '');
      await unlink(path).catch(() => {});
      return text.slice(-4096).trim();
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
};
