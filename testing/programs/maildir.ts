import * as fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Program } from './program.ts';

/** Deliveries by rename and by link, reading, flags, folders, expunging: as Dovecot and its like move mail. */
export const maildirProgram: Program = {
  name: 'maildir',
  expects: 'Each mail is there once, whole, with its last flags; none that was expunged is.',
  async run({ directory, random, rounds, signal }) {
    for (const folder of ['', '.Sent', '.Trash'])
      for (const name of ['tmp', 'new', 'cur']) fs.mkdirSync(join(directory, folder, name), { recursive: true });
    const at = (...parts: readonly string[]): string => join(directory, ...parts);
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      for (let n = 0; n < 40; n += 1) {
        const mail = `${random.below(2 ** 31)}.M${n}P${round}.host`;
        fs.writeFileSync(at('tmp', mail), random.bytes(200 + random.below(5_000)));
        if (n % 2 === 0) fs.renameSync(at('tmp', mail), at('new', mail));
        else {
          fs.linkSync(at('tmp', mail), at('new', mail));
          fs.unlinkSync(at('tmp', mail));
        }
      }
      await turn();
      for (const mail of fs.readdirSync(at('new')))
        if (random.below(3) > 0) fs.renameSync(at('new', mail), at('cur', `${mail}:2,S`));
      for (const mail of fs.readdirSync(at('cur'))) {
        const fate = random.below(10);
        if (fate === 0) fs.unlinkSync(at('cur', mail));
        else if (fate === 1) fs.renameSync(at('cur', mail), at('.Trash', 'cur', mail));
        else if (fate === 2) fs.linkSync(at('cur', mail), at('.Sent', 'cur', `${random.below(2 ** 31)}.copy`));
        else if (fate === 3 && mail.endsWith(',S')) fs.renameSync(at('cur', mail), at('cur', `${mail}T`));
      }
      await turn();
      for (const mail of fs.readdirSync(at('.Trash', 'cur')))
        if (random.below(2) === 0) fs.unlinkSync(at('.Trash', 'cur', mail));
      fs.writeFileSync(at('dovecot.index.tmp'), random.bytes(3_000));
      fs.renameSync(at('dovecot.index.tmp'), at('dovecot.index'));
      fs.appendFileSync(at('dovecot.index.log'), random.bytes(200));
    }
  },
};
