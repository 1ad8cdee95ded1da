import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from '../storm/random.ts';
import type { Program } from './program.ts';

const packages = 40;

function unpack(modules: string, name: string, random: Random): void {
  const directory = join(modules, name);
  mkdirSync(join(directory, 'lib'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version: `1.0.${random.below(1000)}` }));
  for (let n = 0; n < 8; n += 1) writeFileSync(join(directory, 'lib', `${n}.js`), random.bytes(random.below(2_000)));
  const program = join(directory, 'lib', 'cli.js');
  writeFileSync(program, '#!/usr/bin/env node\n');
  chmodSync(program, 0o755);
  symlinkSync(join('..', name, 'lib', 'cli.js'), join(modules, '.bin', name));
}

/** `npm ci`, and a bundler that watches: the modules go and come again, the bundle is written anew after each edit. */
export const npmProgram: Program = {
  name: 'npm',
  expects: 'node_modules is what the last `npm ci` made of it, at any size, and the bundle is the newest.',
  async run({ directory, random, rounds, signal }) {
    const modules = join(directory, 'node_modules');
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      rmSync(modules, { recursive: true, force: true });
      mkdirSync(join(modules, '.bin'), { recursive: true });
      for (let n = 0; n < packages; n += 1) {
        // Other names each time, as after an update of the lock file.
        unpack(modules, `package-${(n + round * 7) % (packages * 2)}`, random);
        await turn();
      }
      writeFileSync(join(modules, '.package-lock.json'), random.bytes(10_000));
      for (let edit = 0; edit < 5; edit += 1) {
        const built = join(directory, 'dist');
        if (!existsSync(built)) mkdirSync(built);
        writeFileSync(join(built, 'bundle.js.tmp'), random.bytes(50_000));
        renameSync(join(built, 'bundle.js.tmp'), join(built, 'bundle.js'));
        for (const old of [`chunk-${edit}.js`]) rmSync(join(built, old), { force: true });
        writeFileSync(join(built, `chunk-${edit}.js`), random.bytes(5_000));
        await turn();
      }
    }
  },
};
