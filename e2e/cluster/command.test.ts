import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { runCommand, tryCommand } from './command.ts';

const sh = (script: string, options: Parameters<typeof tryCommand>[2] = {}) =>
  tryCommand('sh', ['-c', script], options);

test('output is given as it is, with the exit code', async () => {
  assert.deepEqual(await sh('printf "a\\n\\n"; printf b >&2; exit 3'), { code: 3, stdout: 'a\n\n', stderr: 'b' });
});

test('input comes as text or as a stream, and nobody has to read it', async () => {
  assert.equal((await sh('cat', { input: 'text' })).stdout, 'text');
  assert.equal((await sh('cat', { input: Readable.from(['a', 'b']) })).stdout, 'ab');
  assert.equal((await sh('exit 4', { input: 'x'.repeat(1_000_000) })).code, 4);
});

test('lines of stderr come as they are said', async () => {
  const lines: string[] = [];
  const { stderr } = await sh('echo one >&2; echo two >&2', { onErrorLine: (line) => lines.push(line) });
  assert.deepEqual([lines, stderr], [['one', 'two'], 'one\ntwo\n']);
});

test('a failure says the command and what it said, one that hangs is ended, one that is missing named', async () => {
  await assert.rejects(runCommand('sh', ['-c', 'echo no >&2; exit 1']), /run sh -c .*: exit 1: no/);
  assert.equal((await runCommand('sh', ['-c', 'exit 1'], { okCodes: [0, 1] })).code, 1);
  const ended = await tryCommand('sleep', ['60'], { timeoutMs: 100 });
  assert.equal(ended.code, -1);
  assert.match(ended.stderr, /ended after 100 ms/);
  await assert.rejects(runCommand('no-such-program', []), { code: 'program-missing', message: /no-such-program/ });
});

test('variables are added to those of this process', async () => {
  assert.equal((await sh('test -n "$PATH" && echo $OWN path', { env: { OWN: 'x' } })).stdout, 'x path\n');
});
