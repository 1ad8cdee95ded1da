import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { chooseLogFormat, openLogOutput } from './log-output.ts';
import { createLogger } from './logger.ts';

const logTo = async (isTTY: boolean, environment: Record<string, string>): Promise<string> => {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const out = await openLogOutput('text', stream, environment);
  const logger = createLogger({ name: 'agent', out });
  logger.warn({ err: new Error('no way'), target: 'dr' }, 'target is away');
  return String(stream.read());
};

test('text is a line for people, with colours on a terminal that wants them', async () => {
  const plain = await logTo(false, {});
  assert.match(plain, /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: target is away .*"target":"dr"/);
  assert.match(plain, /no way/);
  assert.ok(!plain.includes('\x1b['));
  assert.ok((await logTo(true, {})).includes('\x1b['));
  assert.ok(!(await logTo(true, { NO_COLOR: '1' })).includes('\x1b['));
});

test('a person at a terminal reads text, everything else JSON, unless it is said', async () => {
  assert.deepEqual(
    [chooseLogFormat(undefined, true), chooseLogFormat(undefined, false), chooseLogFormat('json', true)],
    ['text', 'json', 'json'],
  );
  assert.equal(await openLogOutput('json', new PassThrough(), {}), undefined);
});
