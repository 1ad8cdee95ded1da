import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const needed = ['initdb', 'postgres', 'psql'];
const startWithinMs = 60_000;

/** It refuses to be root: in a namespace of its own it is somebody else. */
const asUser = (command: readonly string[]): [string, ...string[]] => {
  const [program = '', ...args] = command;
  if (process.getuid?.() !== 0) return [program, ...args];
  return ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--', program, ...args];
};

function run(input: string, ...command: readonly string[]): string {
  const [program, ...args] = asUser(command);
  return execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Runs a server on a cluster's directory while `work` asks it; it is shut down in order. */
async function withServer(data: string, work: (ask: (sql: string) => string) => Promise<void>): Promise<void> {
  const sockets = mkdtempSync(join(tmpdir(), 'pg-'));
  const [program, ...args] = asUser(['postgres', '-D', data, '-k', sockets, '-c', 'listen_addresses=']);
  const server = spawn(program, args, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  const ask = (sql: string): string =>
    run(sql, 'psql', '--no-psqlrc', '-qAt', '-v', 'ON_ERROR_STOP=1', '-h', sockets, '-U', 'postgres');
  try {
    for (const until = performance.now() + startWithinMs; ; await sleep(100)) {
      try {
        ask('SELECT 1');
        break;
      } catch (error) {
        if (server.exitCode !== null || performance.now() > until) throw error;
      }
    }
    await work(ask);
  } finally {
    server.kill('SIGINT');
    await ended;
    rmSync(sockets, { recursive: true, force: true });
  }
}

/** A PostgreSQL cluster: writes with checkpoints between, dumps beside it, and a shutdown at the end of each round. */
export const postgresqlProgram: Program = {
  name: 'postgresql',
  expects: 'A cluster that was shut down starts on its copy with every row that the last dump has.',
  missing() {
    const lacking = needed.filter((name) => !isInstalled(name));
    if (lacking.length === 0) return undefined;
    return `${lacking.join(', ')} not on the PATH; Debian has them in /usr/lib/postgresql/VERSION/bin`;
  },
  async run({ directory, random, rounds, signal }) {
    const [data, dumps] = [join(directory, 'data'), join(directory, 'dumps')];
    mkdirSync(dumps, { recursive: true });
    if (!existsSync(data)) run('', 'initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync');
    await withServer(data, async (ask) => {
      ask('CREATE TABLE IF NOT EXISTS entry (id serial PRIMARY KEY, text text)');
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        ask(`INSERT INTO entry (text) SELECT md5(random()::text) FROM generate_series(1, ${100 + random.below(400)})`);
        if (random.below(2) === 0) ask('CHECKPOINT');
        ask(`UPDATE entry SET text = md5(text) WHERE id % 7 = ${random.below(7)}`);
        ask(`\\copy entry TO '${join(dumps, 'last.tsv')}'`);
      }
    });
  },
  check(copy) {
    if (!existsSync(join(copy, 'dumps', 'last.tsv'))) return;
    const scratch = mkdtempSync(join(tmpdir(), 'pg-copy-'));
    try {
      cpSync(join(copy, 'data'), join(scratch, 'data'), { recursive: true });
      const said = run(
        'SELECT count(*) AS rows FROM entry;\n',
        'postgres',
        '--single',
        '-D',
        join(scratch, 'data'),
        'postgres',
      );
      const rows = Number(/rows = "(\d+)"/.exec(said)?.[1]);
      const dumped = readFileSync(join(copy, 'dumps', 'last.tsv'), 'utf8').split('\n').length - 1;
      if (rows !== dumped) throw new Error(`check postgresql: ${rows} rows, and ${dumped} in the last dump`);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  },
};
