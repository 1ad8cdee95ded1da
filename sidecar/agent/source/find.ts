import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import type { RelPath } from '../changes/change.ts';
import type { ChangedFile } from './source-view.ts';

/**
 * Looks through the whole source with find(1): quick, and it costs the agent no memory.
 * Answers binary strings below the root; unreadable directories are passed over.
 */
async function find(root: string, test: readonly string[], format: string): Promise<string[]> {
  const output = await new Promise<string>((resolve) => {
    const child = spawn('find', ['-P', '.', '-mindepth', '1', ...test, '-printf', format], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
  return output === '' ? [] : output.slice(0, -1).split('\0');
}

/** All names of the given files; `inodes` as `device:inode`. */
export async function findLinkNames(root: string, inodes: readonly string[]): Promise<Map<string, RelPath[]>> {
  const names = new Map<string, RelPath[]>();
  const chunk = 500;
  for (let at = 0; at < inodes.length; at += chunk) {
    const wanted = new Set(inodes.slice(at, at + chunk));
    const tests = [...wanted].flatMap((inode) => ['-o', '-inum', inode.slice(inode.indexOf(':') + 1)]).slice(1);
    for (const line of await find(root, ['-type', 'f', '(', ...tests, ')'], '%D:%i %P\\0')) {
      const space = line.indexOf(' ');
      const inode = line.slice(0, space);
      if (!wanted.has(inode)) continue;
      const list = names.get(inode) ?? [];
      list.push(line.slice(space + 1));
      names.set(inode, list);
    }
  }
  return names;
}

/** Whether any file of the source has more than one name. */
export async function hasHardLinks(root: string): Promise<boolean> {
  return (await find(root, ['-type', 'f', '-links', '+1', '-printf', 'x\\0', '-quit'], '')).length > 0;
}

/** Everything below one directory, at any depth, that is not excluded; what can't be read is passed over. */
export async function listBelow(
  absolute: (path: RelPath) => Buffer,
  directory: RelPath,
  excludes: (path: RelPath, isDirectory: boolean) => boolean,
): Promise<RelPath[]> {
  const found: RelPath[] = [];
  const open = [directory];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const entries = await readdir(absolute(at), { withFileTypes: true, encoding: 'latin1' }).catch(() => []);
    for (const entry of entries) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (excludes(path, entry.isDirectory())) continue;
      found.push(path);
      if (entry.isDirectory()) open.push(path);
    }
  }
  return found;
}

/** Files and symlinks whose inode changed after `since` (ms, the file system's clock): their mtime may hide it. */
export async function findChangedSince(root: string, since: number): Promise<ChangedFile[]> {
  const at = `@${Math.floor(since / 1000)}`;
  const lines = await find(root, ['(', '-type', 'f', '-o', '-type', 'l', ')', '-newerct', at], '%C@ %P\\0');
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const [seconds = '0', fraction = '0'] = line.slice(0, space).split('.');
    // Reckoned as lstat's is, so that equal times are equal numbers.
    const changedAt = Number(seconds) * 1_000 + Number(fraction.slice(0, 9)) / 1_000_000;
    return { path: line.slice(space + 1), changedAt };
  });
}
