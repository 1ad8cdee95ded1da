import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const script = `
  import { runCommand } from ${JSON.stringify(new URL('./run-command.ts', import.meta.url).href)};
  const run = () => runCommand(['true'], [], { hook: 'h', target: 't' }, new AbortController().signal);
  const giveBack = takeAll();
  say(await run());
  giveBack();
  say(await run());
`;

test('a command that can not be begun for want of open files has failed, and can be begun again', { skip }, () => {
  assert.deepEqual(runShortOfFiles(script), [
    { kind: 'failed', message: 'spawn true EMFILE' },
    { kind: 'exited', code: 0 },
  ]);
});
