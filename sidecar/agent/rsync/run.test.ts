import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RsyncRun, type RunResult } from './run.ts';
import { Tunnel } from './tunnel.ts';

/** What becomes of a run whose process is this shell script. */
const run = (t: TestContext, script: string): Promise<RunResult> => start(t, script).feed(Buffer.from('a\0'));

function start(t: TestContext, script: string, stallMs = 60_000, onWritten = (_: string): void => {}): RsyncRun {
  const directory = mkdtempSync(join(tmpdir(), 'run-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const rsync = join(directory, 'rsync');
  writeFileSync(rsync, `#!/bin/sh\ncat > /dev/null\n${script}\n`);
  chmodSync(rsync, 0o755);
  onWritten(rsync);
  return new RsyncRun({
    ...{ rsync, flags: [], source: '/source/', destination: '/target/', password: undefined },
    ...{ tunnel: new Tunnel(), dial: () => Promise.reject(new Error('dialed')), rsh: 'none' },
    roots: { source: '/source', target: '/target' },
    stallMs,
  });
}

test('a run that ends well without its statistics was cut short: it is made again, and nothing counts as sent', async (t) => {
  const { outcome, code, reason, message } = await run(t, `echo '>f+++++++++ a'`);
  assert.deepEqual([outcome, code, reason], ['again', 0, 'Internal']);
  assert.equal(message, 'what rsync printed was cut short');
});

test('a run that ends well with its statistics is done', async (t) => {
  const { outcome, code, reason } = await run(
    t,
    `echo 'Number of files: 1 (reg: 1)'; echo 'Total bytes sent: 10'; echo 'Total bytes received: 5'`,
  );
  assert.deepEqual([outcome, code, reason], ['ok', 0, undefined]);
});

test('a run whose output is let wait stands still by that, and is ended for no standstill but its own', async (t) => {
  const script = 'yes | head -c 1000000; exec sleep 30';
  const started = start(t, script, 500);
  const finished = started.feed(Buffer.from('a\0'));
  started.holdOutput(true);
  await sleep(2_000);
  assert.equal(started.ended, false);
  started.holdOutput(false);
  const { outcome, reason } = await finished;
  assert.deepEqual([outcome, reason], ['again', 'Stalled']);
});

test('a process that can not even be begun is a run that is to be made again, and ends nothing', async (t) => {
  // As while it is written anew, or without memory for another process.
  const run = start(t, 'true', 60_000, (rsync) => {
    const descriptor = openSync(rsync, 'r+');
    t.after(() => closeSync(descriptor));
  });
  const fed = run.feed(Buffer.from('a\0'));
  run.kill();
  const { outcome, code, reason, message } = await fed;
  assert.deepEqual([outcome, code, reason], ['again', null, 'Internal']);
  assert.match(message, /ETXTBSY/);
});
