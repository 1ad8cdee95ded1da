import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { bundle } from './bundle.ts';

const root = mkdtempSync(join(tmpdir(), 'launcher-'));
const launcher = join(root, 'bin/syncreplica.mjs');
after(() => rmSync(root, { recursive: true, force: true }));
before(async () => {
  cpSync('bin', join(root, 'bin'), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  await bundle(join(root, 'dist'));
});

/** A Node of this machine that the program itself can't run on, if there is one. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'node'))
  .find((node) => {
    if (!existsSync(node)) return false;
    const major = Number(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));
    return major >= 20 && major < 24;
  });

/** Replicates, writes a file and is told to stop at once; gives the exit code and what the target has. */
const stopRightAfterWrite = async (name: string, stop: (pid: number) => void) => {
  const at = (path: string): string => join(root, name, path);
  mkdirSync(at('source'), { recursive: true });
  const arguments_ = [
    'local',
    '--source',
    at('source'),
    '--target',
    at('target'),
    '--metrics',
    'off',
    '--state-dir',
    at('state'),
  ];
  // Its own process group, as a terminal or a service manager makes one.
  const child = spawn(olderNode ?? process.execPath, [launcher, ...arguments_], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((done) => child.on('exit', done));
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).message !== 'agent is ready') continue;
    writeFileSync(at('source/last'), 'the last write');
    stop(child.pid as number);
  }
  const code = await exited;
  return {
    code,
    files: readdirSync(at('target/data')).map((file) => [file, readFileSync(at(`target/data/${file}`), 'utf8')]),
  };
};

const ends = { code: 0, files: [['last', 'the last write']] };
const skip = olderNode === undefined && 'no Node from 20 to 23 is in PATH';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`under an older Node ${signal} to the whole group sends the last write, each time`, { skip }, async () => {
    for (let round = 0; round < 3; round++)
      assert.deepEqual(await stopRightAfterWrite(`${signal}-${round}`, (pid) => process.kill(-pid, signal)), ends);
  });
  test(`under an older Node ${signal} to the launcher alone does too`, { skip }, async () => {
    assert.deepEqual(await stopRightAfterWrite(`${signal}-alone`, (pid) => process.kill(pid, signal)), ends);
  });
}

test('under an older Node a launcher that is killed leaves nothing behind: what is pending is sent', {
  skip,
}, async () => {
  const stopped = await stopRightAfterWrite('killed', (pid) => process.kill(pid, 'SIGKILL'));
  assert.deepEqual(stopped, { ...ends, code: null });
});
