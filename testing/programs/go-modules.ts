import * as fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Program } from './program.ts';

/** Makes a tree writable again from its top, and removes it: `go clean -modcache`. */
function cleanModule(path: string): void {
  fs.chmodSync(path, 0o755);
  for (const entry of fs.readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) cleanModule(join(path, entry.name));
  fs.rmSync(path, { recursive: true });
}

/** Go's module cache: files are 0444 and their directories 0555 as soon as a module is there. */
export const goModulesProgram: Program = {
  name: 'go-modules',
  expects: 'Read-only directories are filled, kept read-only and removed again like any others.',
  async run({ directory, random, rounds, signal }) {
    const cache = join(directory, 'pkg', 'mod');
    fs.mkdirSync(cache, { recursive: true });
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      for (let n = 0; n < 5; n += 1) {
        const module = join(cache, `example.org`, `module${random.below(12)}@v1.${random.below(3)}.0`);
        if (fs.existsSync(module)) {
          cleanModule(module);
          continue;
        }
        const inner = join(module, 'internal', 'deep');
        fs.mkdirSync(inner, { recursive: true });
        for (const at of [module, join(module, 'internal'), inner])
          for (let file = 0; file < 4; file += 1)
            fs.writeFileSync(join(at, `f${file}.go`), random.bytes(random.below(2_000)), { mode: 0o444 });
        for (const at of [inner, join(module, 'internal'), module]) fs.chmodSync(at, 0o555);
        await turn();
      }
    }
  },
};
