import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/process/failure.ts';
import type { RsyncUser } from '../tls/tls-material.ts';

/** The files of one receiver's rsync daemons: configuration, secrets, and a log for each connection. */
export interface RsyncdFiles {
  /** For daemons from now on. */
  readonly config: string;
  /** The same for daemons that only read. */
  readonly readingConfig: string;
  readonly secrets: string;
  readonly logs: string;
  /**
   * Writes both anew, under other names: a daemon that begins just now still reads the old ones, and whole. The text of
   * the configuration is asked for with the path of the secrets.
   */
  write(users: readonly RsyncUser[], makeConfig: (secrets: string, reading: boolean) => string): Promise<void>;
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
  const logs = join(directory, 'logs');
  await makeOwn(directory, uid);
  for (const left of await readdir(directory)) await rm(join(directory, left), { recursive: true, force: true });
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  let generation = 0;
  const configOf = (of: number): string => join(directory, `rsyncd-${of}.conf`);
  const readingConfigOf = (of: number): string => join(directory, `reading-${of}.conf`);
  const secretsOf = (of: number): string => join(directory, `secrets-${of}`);
  return {
    get config() {
      return configOf(generation);
    },
    get readingConfig() {
      return readingConfigOf(generation);
    },
    get secrets() {
      return secretsOf(generation);
    },
    logs,
    write(users, makeConfig) {
      const written = last.then(async () => {
        // What is not used for days is removed from the system's temporary directory.
        await makeOwn(directory, uid);
        await mkdir(logs, { recursive: true, mode: 0o700 });
        const next = generation + 1;
        const lines = users.map(({ username, password }) => `${username}:${password}\n`);
        await writeFile(secretsOf(next), lines.join(''), { mode: 0o600 });
        await writeFile(configOf(next), makeConfig(secretsOf(next), false), { mode: 0o600 });
        await writeFile(readingConfigOf(next), makeConfig(secretsOf(next), true), { mode: 0o600 });
        generation = next;
        for (const pathOf of [secretsOf, configOf, readingConfigOf]) await rm(pathOf(next - 2), { force: true });
      });
      last = written.catch(() => {});
      return written;
    },
    nextLog: () => join(logs, String(++count)),
    async takeLog(path) {
      const text = await readEnd(path).catch(() => '');
      await unlink(path).catch(() => {});
      return text.trim();
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
};

const makeOwn = async (directory: string, uid: number): Promise<void> => {
  await mkdir(directory, { mode: 0o700 }).catch(() => {});
  const stat = await lstat(directory);
  if (stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0) return;
  throw new Failure('RuntimeDirectoryUnsafe', `use ${directory}: it is not a directory of ours alone`, {
    hint: 'remove it, or set TMPDIR to another directory',
  });
};

const endBytes = 4096;

const readEnd = async (path: string): Promise<string> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(endBytes), 0, endBytes, Math.max(0, size - endBytes));
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
};
