import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isWorthTrimming, trimWhenIdle } from './trim-when-idle.ts';

const mebi = 1_048_576;

for (const { what, usedMs, residentMiB, trimmedToMiB, isWorth } of [
  { what: 'idle, never trimmed', usedMs: 10, residentMiB: 70, trimmedToMiB: 0, isWorth: true },
  { what: 'idle, as it was', usedMs: 10, residentMiB: 42, trimmedToMiB: 40, isWorth: false },
  { what: 'idle, grown since', usedMs: 10, residentMiB: 44, trimmedToMiB: 40, isWorth: true },
  { what: 'a comparison in the background', usedMs: 250, residentMiB: 60, trimmedToMiB: 40, isWorth: true },
  { what: 'at work', usedMs: 400, residentMiB: 70, trimmedToMiB: 40, isWorth: false },
  { what: 'idle, smaller', usedMs: 0, residentMiB: 38, trimmedToMiB: 40, isWorth: false },
])
  test(`${what}: ${isWorth ? 'is trimmed' : 'is left'}`, () => {
    const now = { usedMs: 1_000 + usedMs, residentBytes: residentMiB * mebi };
    assert.equal(isWorthTrimming({ usedMs: 1_000, residentBytes: 0 }, now, trimmedToMiB * mebi), isWorth);
  });

test('pages of the program are given back whenever it has grown, what is free now and then', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  let resident = 100 * mebi;
  t.mock.method(process.memoryUsage, 'rss', () => resident);
  const given = { pages: 0, free: 0 };
  const end = trimWhenIdle(
    () => void given.pages++,
    () => void given.free++,
  );
  t.mock.timers.tick(10_000);
  assert.deepEqual(given, { pages: 2, free: 1 }, 'after the start, and once it is idle');
  t.mock.timers.tick(10_000);
  assert.deepEqual(given, { pages: 2, free: 1 }, 'it is as it was');
  resident += 10 * mebi;
  t.mock.timers.tick(10_000);
  assert.deepEqual(given, { pages: 3, free: 1 }, 'it has grown');
  end();
});

const residentMiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test('a young generation that has grown is given back, and the program runs on', {
  skip: process.platform !== 'linux',
}, async () => {
  const memory = fileURLToPath(new URL('./trim-memory.ts', import.meta.url));
  const script = `
    import { giveBackFree } from ${JSON.stringify(memory)};
    let kept = [];
    for (let n = 0; n < 2_000_000; n += 1) { kept.push({ n, name: 'f' + n }); if (kept.length > 200_000) kept = []; }
    kept = [];
    process.on('message', () => { giveBackFree(); process.send(kept.length); });
    process.send('grown');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    await once(child, 'message');
    const grown = residentMiB(child.pid ?? 0);
    for (let round = 0; round < 2; round += 1) {
      child.send('trim');
      assert.deepEqual((await once(child, 'message'))[0], 0);
    }
    const trimmed = residentMiB(child.pid ?? 0);
    assert.ok(grown - trimmed > 32, `${trimmed} MiB after, ${grown} MiB before`);
  } finally {
    child.kill('SIGKILL');
  }
});
