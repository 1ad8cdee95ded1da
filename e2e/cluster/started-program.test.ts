import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProgram } from './started-program.ts';

const sh = (script: string, options: Parameters<typeof startProgram>[2] = {}) =>
  startProgram('sh', ['-c', script], options);

test('what it prints is waited for, on either output, and what it logs is read', async () => {
  const program = sh('echo one >&2; echo \'{"level":"info","message":"ready","port":7}\'; exec sleep 60');
  assert.equal(await program.untilSays(/on./), 'one');
  assert.equal((await program.untilLogs('ready')).port, 7);
  assert.equal(await program.untilSays(/on./), 'one', 'also when it has been said');
  assert.equal(program.isRunning(), true);
  assert.equal(await program.stop(), -1);
  assert.equal(program.isRunning(), false);
});

test('one that ends before it says so is an error with what it said; so is one that is not there', async () => {
  await assert.rejects(sh('echo no; exit 3').untilSays(/yes/), { code: 'program-ended', message: /no/ });
  const missing = startProgram('no-such-program', []);
  await assert.rejects(missing.untilSays(/yes/), { code: 'program-ended', message: /no-such-program/ });
  assert.equal(await missing.ended, -1);
  const silent = sh('echo last words; exec no-such-program');
  assert.equal(await silent.ended, 127);
  assert.match(silent.said(), /last words[\s\S]*not found/);
});

test('its exit code after SIGTERM is told, a halted one ends too, and one that does not is killed', async () => {
  const tidy = sh('trap "exit 5" TERM; echo there; while :; do sleep 0.05; done');
  await tidy.untilSays(/there/);
  tidy.signal('SIGSTOP');
  assert.equal(await tidy.stop(), 5);
  const deaf = sh('trap "" TERM; echo there; while :; do sleep 0.05; done');
  await deaf.untilSays(/there/);
  assert.equal(await deaf.stop(100), -1);
});

test('with a group of its own what it started goes with it', async () => {
  const program = sh('sleep 600 & echo "child $!"; wait', { ownGroup: true });
  const pid = Number((await program.untilSays(/child \d+/)).slice(6));
  await program.stop();
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
