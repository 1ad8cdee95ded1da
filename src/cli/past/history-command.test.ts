import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const page = readFileSync(new URL('../../../docs/history.md', import.meta.url), 'utf8');
/** The commands of the page, as somebody would copy them. */
const commands = [...page.matchAll(/^```sh\n(syncreplica history [^\n]*)\n```$/gm)].map(([, command = '']) => command);

test('the commands of the page on history undo a mistake', { timeout: 600_000 }, async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'cli-history-'));
  const children = new Set<ChildProcess>();
  context.after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });
  const start = (args: readonly string[], env: Record<string, string> = {}): ChildProcess => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    return child;
  };
  const lineOf = async (child: ChildProcess, text: string): Promise<Record<string, unknown>> => {
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
      if (line.includes(text)) return JSON.parse(line) as Record<string, unknown>;
    throw new Error(`it ended before it said ${text}`);
  };
  await once(start(['certs', '--out', 'certs', '--host', '127.0.0.1', '--volume', 'photos']), 'close');
  const receiver = start([
    ...['receiver', '--dir', 'backup', '--listen', '127.0.0.1:0', '--certs', 'certs/receiver'],
    ...['--metrics', 'off', '--log-format', 'json', '--history-keep', '24h', '--history-max-size', '20%'],
  ]);
  const { port } = await lineOf(receiver, 'receiver ready');
  const target = `srep://127.0.0.1:${port}/photos`;
  mkdirSync(join(root, 'photos/albums'), { recursive: true });
  writeFileSync(join(root, 'photos/albums/a'), 'as it was');
  const agent = start([
    ...['agent', '--source', 'photos', '--target', target, '--certs', 'certs/agent'],
    ...['--metrics', 'off', '--state-dir', 'state', '--log-format', 'json'],
  ]);
  await lineOf(agent, 'agent is ready');

  const env = { SYNCREPLICA_TARGET: target, SYNCREPLICA_CERTS: 'certs/agent' };
  let moment = '';
  const call = async (command: string, wantedCode: number): Promise<string> => {
    const child = start(command.split(' ').slice(1), env);
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, wantedCode, `${command}: ${out}`);
    return out;
  };
  const run = (verb: string): Promise<string> => {
    const command = commands.find((one) => one.startsWith(`syncreplica history ${verb}`));
    assert.ok(command, `the page has a command ${verb}`);
    return call(command.replace('14:05', moment), 0);
  };
  const waitFor = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) await sleep(50);
  };
  const replica = join(root, 'backup/data/albums/a');
  const holds = (text: string) => () => existsSync(replica) && readFileSync(replica, 'utf8') === text;
  await waitFor(holds('as it was'));
  await waitFor(async () => /checkpoint {2}epoch/.test(await run('checkpoints')));
  moment = new Date().toISOString();
  writeFileSync(join(root, 'photos/albums/a'), 'the mistake');
  await waitFor(holds('the mistake'));

  assert.match(await run('log'), /made +albums\n(.*\n)*.*changed +albums\/a\n/);
  assert.match(await run('diff'), /^checkpoint of .* before .*; nothing changed between\n(A .*\n)*M albums\/a\n/);
  await call(`syncreplica history restore --at ${moment} --path nosuch --to nothing`, 1);
  assert.ok(!existsSync(join(root, 'nothing')), 'where nothing was, nothing is made');
  await run('restore --at 14:05 --path albums --to');
  assert.equal(readFileSync(join(root, 'found/albums/a'), 'utf8'), 'as it was');
  assert.match(await run('restore --at 14:05 --in-place'), /entries were changed back/);
  assert.equal(readFileSync(replica, 'utf8'), 'as it was');
  await run('restore --at 14:05 --beside');
  assert.equal(readFileSync(join(root, 'backup/.syncreplica/beside/before/tree/albums/a'), 'utf8'), 'as it was');
  assert.match(await call('syncreplica history beside', 0), /^before {2}of .*\n1 in all\n$/);
  await run('forget');
  await run('resume');
  await waitFor(holds('the mistake'));
  await run('restore --at 14:05 --path albums --into');
  await waitFor(holds('as it was'));
});

test('what makes no sense is refused with what to write', async () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['unknown', /unknown is not known/],
    ['checkpoints', /--target is missing/],
    ['checkpoints --dir /nowhere', /no syncreplica local that runs has it/],
    ['checkpoints --target rsync://host/module', /only a receiver keeps history/],
    ['checkpoints --target srep://host/volume', /--certs is missing/],
  ];
  for (const [args, said] of refused) {
    const child = spawn(process.execPath, [main, 'history', ...args.split(' ')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 2, args);
    assert.match(errors, said);
  }
});

/** The one-process command on a directory with one file; `ask` asks it of its history. */
const startLocal = (context: TestContext, ...words: string[]) => {
  const root = mkdtempSync(join(tmpdir(), 'cli-history-local-'));
  mkdirSync(join(root, 'photos'));
  writeFileSync(join(root, 'photos/a'), 'as it was');
  writeFileSync(
    join(root, 'replica.yaml'),
    'source: { directory: photos }\ntargets: [{ name: copy, directory: copy, history: { keep: 1h } }]\n',
  );
  const child = spawn(process.execPath, [main, 'local', ...words, '--metrics', 'off'], { cwd: root, stdio: 'ignore' });
  context.after(() => {
    child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });
  const ask = async (...words: string[]): Promise<{ code: number; out: string }> => {
    const asking = spawn(process.execPath, [main, 'history', ...words, '--dir', 'copy'], { cwd: root });
    let out = '';
    asking.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const [code] = await once(asking, 'close');
    return { code, out };
  };
  const untilCheckpoint = async (): Promise<void> => {
    while (!existsSync(join(root, 'copy/data/a'))) await sleep(50);
    while (!/checkpoint {2}epoch/.test((await ask('checkpoints')).out)) await sleep(50);
  };
  return { root, child, ask, untilCheckpoint };
};

test('the one-process command keeps a history that its file asks for', { timeout: 600_000 }, async (context) => {
  await startLocal(context, '--file', 'replica.yaml').untilCheckpoint();
});

test('the one-process command keeps a history, and is asked of it by the directory', {
  timeout: 600_000,
}, async (context) => {
  const words = ['--source', 'photos', '--target', 'copy', '--history-keep', '1h'];
  const { root, child, ask, untilCheckpoint } = startLocal(context, ...words);
  const replica = join(root, 'copy/data/a');
  const holds = (text: string): boolean => existsSync(replica) && readFileSync(replica, 'utf8') === text;
  await untilCheckpoint();
  const moment = new Date().toISOString();
  writeFileSync(join(root, 'photos/a'), 'the mistake');
  while (!holds('the mistake')) await sleep(50);
  assert.match((await ask('diff', '--at', moment)).out, /^M a$/m);
  assert.equal((await ask('restore', '--at', moment, '--path', 'a', '--into', 'photos')).code, 0);
  while (!holds('as it was')) await sleep(50);
  assert.equal((await ask('restore', '--at', moment, '--path', 'a', '--into', 'copy/data')).code, 1);
  child.kill('SIGTERM');
  await once(child, 'close');
  assert.ok(!existsSync(join(root, 'copy/.syncreplica/client')), 'nothing of it stays');
});
