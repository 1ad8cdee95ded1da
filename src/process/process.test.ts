import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffDelayMs, createBackoff } from './backoff.ts';
import { errorAdvice, Failure } from './failure.ts';
import { startProbeServer } from './http-server.ts';
import { createManualClock } from './manual-clock.ts';
import { createMetricsRegistry } from './metrics/metrics-registry.ts';
import { bindLibc, errnoOf, lastErrno } from './system/libc.ts';

const runNode = async (script: string): Promise<{ stdout: string; code: number | null }> => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { stdout, code };
};

test('log lines are JSON with a word for the level, and carry an error with its code, hint and cause', async () => {
  const { stdout } = await runNode(`
    import { createLogger } from './log/logger.ts';
    import { Failure } from './failure.ts';
    const log = createLogger({ name: 'agent', level: 'info' });
    log.debug({}, 'not shown');
    log.child({ target: 'dr' }).warn({ err: new Failure('Why', 'do it: no', { hint: 'try', cause: new Error('deep') }) }, 'failed');
    process.exit(0);`);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown> & { err: Record<string, unknown> };
  assert.equal(line.level, 'warn');
  assert.equal(line.name, 'agent');
  assert.equal(line.target, 'dr');
  assert.equal(line.message, 'failed');
  assert.equal(line.err.code, 'Why');
  assert.equal(line.err.hint, 'try');
  assert.match(String(line.err.message), /do it: no.*deep/s);
});

test('back-off doubles up to its maximum, of which at most half is random', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const delay = backoffDelayMs(attempt, { initialMs: 100, maxMs: 5_000 }, () => random);
      const ceiling = Math.min(5_000, 100 * 2 ** attempt);
      assert.ok(delay >= ceiling / 2 && delay <= ceiling);
    }),
  );
  const backoff = createBackoff({ initialMs: 100, maxMs: 5_000 }, () => 1);
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next()], [100, 200, 400]);
  backoff.reset();
  assert.equal(backoff.next(), 100);
  assert.equal(backoff.attempts, 1);
});

test('a manual clock runs what falls due in order, and nothing that was cancelled', async () => {
  const clock = createManualClock(1_000);
  const ran: string[] = [];
  clock.after(20, () => ran.push('b'));
  clock.after(10, () => ran.push('a'));
  clock.after(15, () => ran.push('x'))();
  const slept = clock.sleep(50);
  clock.advance(20);
  assert.deepEqual(ran, ['a', 'b']);
  clock.advance(30);
  assert.equal(await slept, true);
  assert.equal(await clock.sleep(50, AbortSignal.abort()), false);
  assert.equal(clock.now(), 1_050);
});

test('the probe server answers metrics, health, readiness and pages', async () => {
  const metrics = createMetricsRegistry({ replica: 'uploads' });
  metrics.counter({ name: 'things_total', help: 'Things.' }).inc(3);
  const scrapes = metrics.gauge({ name: 'scrapes', help: 'Scrapes.' });
  metrics.onScrape(() => scrapes.inc());
  let ready = false;
  const server = await startProbeServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    health: () => ({ ok: true }),
    ready: () => ({ ok: ready, detail: { reason: 'starting' } }),
    pages: { '/debug/locks': (query) => ({ path: query.get('path') }) },
  });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  try {
    const { text } = await get('/metrics');
    assert.match(text, /scrapes\{replica="uploads"\} 1/);
    assert.match(text, /things_total\{replica="uploads"\} 3/);
    assert.match(text, /process_resident_memory_bytes\{replica="uploads"\} \d{6,}/);
    assert.match(text, /process_cpu_seconds_total\{replica="uploads"\} 0?\.?\d/);
    assert.equal((await get('/healthz')).status, 200);
    assert.deepEqual(await get('/readyz'), { status: 503, text: '{"ok":false,"reason":"starting"}\n' });
    ready = true;
    assert.equal((await get('/readyz')).status, 200);
    assert.equal((await get('/debug/locks?path=a')).text, '{"path":"a"}\n');
    assert.equal((await get('/nothing')).status, 404);
    const ok = () => ({ ok: true });
    const taken = { host: '127.0.0.1', port: server.port, metrics, health: ok, ready: ok };
    await assert.rejects(startProbeServer(taken), { code: 'ListenFailed' });
    const elsewhere = await startProbeServer({ ...taken, orAnyPort: true });
    assert.notEqual(elsewhere.port, server.port);
    assert.equal((await fetch(`http://127.0.0.1:${elsewhere.port}/healthz`)).status, 200);
    await elsewhere.close();
  } finally {
    await server.close();
  }
});

test('SIGTERM runs the stop function once and exits 0; one that hangs is cut off after the grace period with 1', async () => {
  const script = (stop: string): string => `
    import { stopOnSignals } from './shutdown.ts';
    import { silentLogger } from './log/logger.ts';
    setInterval(() => {}, 1000);
    stopOnSignals({ stop: async () => { ${stop} }, graceMs: 50, logger: silentLogger });
    process.kill(process.pid, 'SIGTERM');`;
  assert.deepEqual(await runNode(script(`console.log('stopped');`)), { stdout: 'stopped\n', code: 0 });
  assert.deepEqual(await runNode(script('await new Promise(() => {});')), { stdout: '', code: 1 });
  assert.deepEqual(await runNode(script(`throw new Error('no');`)), { stdout: '', code: 1 });
});

test('a signal that comes twice is one signal, and another one later exits at once', async () => {
  const script = (waitMs: number): string => `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { stopOnSignals } from './shutdown.ts';
    import { silentLogger } from './log/logger.ts';
    stopOnSignals({ stop: async () => { await sleep(1_500); console.log('stopped'); }, graceMs: 60_000, logger: silentLogger });
    process.kill(process.pid, 'SIGHUP');
    setTimeout(() => process.kill(process.pid, 'SIGINT'), ${waitMs});`;
  assert.deepEqual(await runNode(script(0)), { stdout: 'stopped\n', code: 0 });
  assert.deepEqual(await runNode(script(1_100)), { stdout: '', code: 1 });
});

test('libc functions are bound by prototype and errno is read after a failure', () => {
  const fsync = bindLibc('int fsync(int fd)');
  const fd = openSync(import.meta.filename, 'r');
  try {
    assert.equal(fsync(fd), 0);
  } finally {
    closeSync(fd);
  }
  assert.equal(fsync(-1), -1);
  assert.equal(lastErrno(), errnoOf('EBADF'));
});

test('advice follows the message where there is any', () => {
  assert.equal(
    errorAdvice(new Failure('A', 'open x: it is locked', { hint: 'unlock it' })),
    'open x: it is locked; unlock it',
  );
  assert.equal(errorAdvice(new Failure('A', 'open x: it is locked')), 'open x: it is locked');
  assert.equal(errorAdvice('plain'), 'plain');
});

test('a series of a sparse counter is shown as 0 once, then with all that was counted, and goes as if it had never been', async () => {
  const registry = createMetricsRegistry();
  const failures = registry.sparseCounter({ name: 'failures_total', help: '.', labelNames: ['target', 'reason'] });
  const full = { target: 'dr', reason: 'TargetFull' };
  const shown = async () => /^failures_total\{.*\} (\d+)/m.exec(await registry.render())?.[1];
  assert.equal(await shown(), undefined);
  failures.inc(full);
  failures.inc({ reason: 'TargetFull', target: 'dr' });
  assert.deepEqual([await shown(), await shown()], ['0', '2']);
  failures.inc(full);
  assert.equal(await shown(), '3');
  failures.inc({ ...full, target: 'other' });
  failures.remove(full);
  assert.equal(await shown(), '0', 'of the other alone');
  failures.inc(full);
  failures.remove(full);
  assert.ok(!(await registry.render()).includes('target="dr"'), 'what was held goes too');
});
