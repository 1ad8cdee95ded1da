import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const names = Array.from({ length: 12 }, (_, n) => `page-${n}.txt`);
/** The file moved aside and a new one in its place; copied aside and written where it is; as vim sees fit, which asks whether it has links. */
const backupCopies = ['no', 'yes', 'auto'];
/** Vim in a terminal reads settings and writes a history of its own in the home directory: neither is wanted. */
const vimArgs = ['-es', '-N', '-u', 'NONE', '-i', 'NONE'];
const settings = 'set backup writebackup backupdir=. backupskip= swapfile directory=. undofile undodir=.';

/** The first and the last line of a page name its revision. */
const revisionsIn = (page: string): string[] => fs.readFileSync(page, 'latin1').match(/^revision \d+$/gm) ?? [];

const revisionOf = (page: string): number => Number(revisionsIn(page)[0]?.slice('revision '.length) ?? 0);

/** Vim, with its swap, backup and undo files beside what it edits, and `sed --in-place` over all at once. */
export const editorsProgram: Program = {
  name: 'editors',
  expects:
    'Each page is whole and of one revision, its backup is of an older one, and nothing that was there for a moment is left.',
  missing: () => (isInstalled('vim') && isInstalled('sed') ? undefined : 'vim or sed is not installed'),
  async run({ directory, random, rounds, signal }) {
    const edit = (program: string, ...args: readonly string[]): unknown =>
      execFileSync(program, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
    if (fs.readdirSync(directory).length === 0) {
      for (const [n, name] of names.entries()) {
        const text = random
          .bytes(n < 2 ? 40_000 : n * 100)
          .toString('hex')
          .replaceAll(/.{70}/g, '$&\n');
        fs.writeFileSync(join(directory, name), `revision 1\n${text}\nrevision 1\n`);
      }
      fs.linkSync(join(directory, 'page-2.txt'), join(directory, 'hard-link.txt'));
      fs.symlinkSync('page-3.txt', join(directory, 'symbolic-link.txt'));
    }
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      const next = 1 + Math.max(...names.map((name) => revisionOf(join(directory, name))));
      if (random.below(4) === 0) {
        edit('sed', random.pick(['--in-place', '--in-place=.orig']), `s/^revision .*/revision ${next}/`, ...names);
      } else {
        const pages = [random.pick(names), random.pick(names), random.pick(['hard-link.txt', 'symbolic-link.txt'])];
        // A page that is named twice, or by a link too, is saved once.
        const save = String.raw`silent argdo %s/^revision \(${next}$\)\@!.*/revision ${next}/e | update`;
        const args = ['-c', `${settings} backupcopy=${random.pick(backupCopies)}`, '-c', save, '-c', 'quitall'];
        edit('vim', ...vimArgs, ...args, ...pages);
      }
      await sleep(random.below(300));
    }
  },
  check(copy) {
    const all = fs.readdirSync(copy);
    const left = all.filter((name) => /^\..*\.sw.$|^sed\w{6}$|^4913$/.test(name));
    if (left.length > 0) throw new Error(`check editors: ${left.join(', ')} are left`);
    for (const name of names) {
      const revisions = revisionsIn(join(copy, name));
      if (revisions.length !== 2 || revisions[0] !== revisions[1])
        throw new Error(
          `check editors: ${name} is of ${revisions.length === 0 ? 'no revision' : revisions.join(' and ')}`,
        );
    }
    for (const name of names.filter((one) => all.includes(`${one}~`)))
      if (revisionOf(join(copy, `${name}~`)) >= revisionOf(join(copy, name)))
        throw new Error(`check editors: the backup of ${name} is not older`);
  },
};
