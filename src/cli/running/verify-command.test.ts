import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const page = readFileSync(new URL('../../../docs/verify.md', import.meta.url), 'utf8');

/** What the page shows for a command, each time. */
const shown = (command: string): string[] =>
  page.split('```text\n').flatMap((part) => {
    const [block = ''] = part.split('```');
    return block.startsWith(`$ ${command}\n`) ? [block.slice(command.length + 3)] : [];
  });

test('verify finds, mends and tells what rotted at a target, as its page shows', {
  timeout: 600_000,
}, async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'cli-verify-'));
  const children = new Set<ChildProcess>();
  context.after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });
  const env = { ...process.env, XDG_RUNTIME_DIR: root };
  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [main, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    return child;
  };
  const run = async (...args: string[]): Promise<{ code: number; out: string }> => {
    const child = start(...args);
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const [code] = await once(child, 'close');
    return { code, out };
  };
  mkdirSync(join(root, 'photos'));
  for (const name of ['a', 'b', 'c']) {
    writeFileSync(join(root, 'photos', name), `content of ${name}`);
    utimesSync(join(root, 'photos', name), 1_700_000_000, 1_700_000_000);
  }
  const [words = ''] = /^syncreplica (local .*)$/m.exec(page)?.slice(1) ?? [];
  const local = start(
    ...[...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? ''),
    '--metrics',
    'off',
  );
  const said: string[] = [];
  createInterface({ input: local.stdout as NodeJS.ReadableStream }).on('line', (line) => said.push(line));
  while (!said.some((line) => line.includes('agent is ready'))) await sleep(20);
  const target = (name: string): string => join(root, 'copy/data', name);
  while (!/in sync/.test((await run('status')).out.replace('not in sync', ''))) await sleep(50);
  const fd = openSync(target('a'), 'r+');
  writeSync(fd, 'CONTENT', 0);
  closeSync(fd);
  utimesSync(target('a'), 1_700_000_000, 1_700_000_000);
  unlinkSync(target('b'));
  const [first, second] = shown('syncreplica verify --source photos');
  const source = join(root, 'photos');
  const found = await run('verify', '--source', 'photos');
  // What was shown while it went on is not part of the page.
  const told = (out: string): string =>
    out
      .replaceAll(source, 'photos')
      .split('\n')
      .filter((line) => !/entries, [\d.]+ .?i?B$|not begun$/.test(line))
      .join('\n');
  assert.equal(told(found.out), first);
  assert.equal(found.code, 1);
  assert.equal(readFileSync(target('a'), 'utf8'), 'content of a');
  assert.equal(readFileSync(target('b'), 'utf8'), 'content of b');
  const again = await run('verify', '--source', 'photos');
  assert.equal(told(again.out), second);
  assert.equal(again.code, 0);
  assert.match((await run('ctl', 'verify', '--source', source)).out, /a verification was asked for/);
});
