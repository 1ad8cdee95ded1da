import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../storm/random.ts';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const files = 40;
const directories = ['bin', 'lib', 'share'];
/** Each file removed and made, which is tar's own way; written where it is; all of a directory gone first. */
const ways = [[], ['--overwrite'], ['--recursive-unlink']];
const versionDigits = 10;

/** Packs a release as a reproducible build does: every file has the same time, and here the size that it had. */
function pack(scratch: string, random: Random): Buffer {
  const version = String(random.below(2 ** 32)).padStart(versionDigits, '0');
  for (let n = 0; n < files; n += 1) {
    const directory = join(scratch, directories[n % directories.length] ?? '');
    fs.mkdirSync(directory, { recursive: true });
    // A few are too large to be sent without rsync.
    const content = random.bytes(n < 3 ? 40_000 : n * 100).toString('hex');
    fs.writeFileSync(join(directory, `${n}.so`), `${version}${content}`);
  }
  const args = ['--create', '--mtime=@1700000000', '--sort=name', '--directory', scratch, ...directories];
  return execFileSync('tar', args);
}

/** `tar --extract` over what the release before left there. */
export const unpackProgram: Program = {
  name: 'unpack',
  expects: 'Each file is of the release unpacked last, though the one before had the same sizes and times.',
  missing: () => (isInstalled('tar') ? undefined : 'tar is not installed'),
  async run({ directory, random, rounds, signal }) {
    const scratch = fs.mkdtempSync(join(tmpdir(), 'unpack-'));
    try {
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        const args = ['--extract', ...random.pick(ways), '--directory', directory];
        execFileSync('tar', args, { input: pack(scratch, random) });
        // So that the copy has some of them before the next.
        await sleep(random.below(1_000));
      }
    } finally {
      fs.rmSync(scratch, { recursive: true });
    }
  },
  check(copy) {
    const paths = fs.readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.so'));
    const versions = new Set(paths.map((path) => fs.readFileSync(join(copy, path), 'latin1').slice(0, versionDigits)));
    if (paths.length !== files || versions.size !== 1)
      throw new Error(`check unpack: ${paths.length} of ${files} files are there, of ${versions.size} releases`);
  },
};
