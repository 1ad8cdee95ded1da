import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

const open = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT)');
  return database;
};

/**
 * A SQLite database in WAL mode. What is copied while it is written to is worth nothing to SQLite, whoever copies it; what
 * `VACUUM INTO` writes aside, and the database once it is closed, are.
 */
export const sqliteProgram: Program = {
  name: 'sqlite',
  expects: 'Backups made by VACUUM INTO open and are whole, and so is the database once it has been closed.',
  async run({ directory, random, rounds, signal }) {
    const backups = join(directory, 'backups');
    mkdirSync(backups, { recursive: true });
    const database = open(join(directory, 'live.db'));
    try {
      const insert = database.prepare('INSERT INTO row (text) VALUES (?)');
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        for (let n = 0; n < 50; n += 1) insert.run(random.bytes(200).toString('hex'));
        database.exec(`DELETE FROM row WHERE id % 7 = ${random.below(7)}`);
        await sleep(2);
        for (const old of readdirSync(backups).slice(3)) rmSync(join(backups, old));
        const backup = join(backups, `${random.below(2 ** 30)}.db`);
        database.prepare('VACUUM INTO ?').run(backup);
      }
    } finally {
      database.close();
    }
  },
  check(copy) {
    for (const name of ['live.db', ...readdirSync(join(copy, 'backups')).map((backup) => join('backups', backup))]) {
      // Of the copy nothing may be written, not even a lock file.
      const database = new DatabaseSync(`file:${join(copy, name)}?immutable=1`, { readOnly: true });
      const answer = database.prepare('PRAGMA integrity_check').get();
      database.close();
      if (answer?.integrity_check !== 'ok') throw new Error(`check ${name}: ${JSON.stringify(answer)}`);
    }
  },
};
