import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

const keys = ['config.yaml', 'tls.crt', 'tls.key'];

/** As the kubelet writes a ConfigMap: a new directory by time, then `..data` is switched over, then the old one goes. */
export const atomicWriterProgram: Program = {
  name: 'atomic-writer',
  expects: 'Each key leads through ..data to a file of one generation; the directories of older ones are gone.',
  async run({ directory, random, rounds, signal }) {
    const at = (name: string): string => join(directory, name);
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      const generation = `..2026_01_01_00_00_00.${random.below(2 ** 30)}`;
      fs.mkdirSync(at(generation), { mode: 0o755 });
      for (const key of keys) fs.writeFileSync(join(at(generation), key), random.bytes(random.below(3_000)));
      const old = fs.lstatSync(at('..data'), { throwIfNoEntry: false }) ? fs.readlinkSync(at('..data')) : undefined;
      fs.symlinkSync(generation, at('..data_tmp'));
      fs.renameSync(at('..data_tmp'), at('..data'));
      for (const key of keys)
        if (!fs.lstatSync(at(key), { throwIfNoEntry: false })) fs.symlinkSync(join('..data', key), at(key));
      if (old !== undefined) fs.rmSync(at(old), { recursive: true });
      await sleep(random.below(20));
    }
  },
  check(copy) {
    for (const key of keys) fs.readFileSync(join(copy, key));
    const generations = fs.readdirSync(copy).filter((name) => name.startsWith('..2026'));
    if (generations.length !== 1) throw new Error(`check atomic writer: ${generations.length} generations`);
  },
};
