import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';
import { runBehind } from './run-behind.ts';

test('a program behind everything else says how it ended, and what it wrote', async () => {
  const priority = 'cut -d" " -f19 /proc/self/stat; echo no >&2; exit 3';
  const { code, output, complaint } = await runBehind('sh', ['-c', `sleep 0.2; ${priority}`]).ended;
  assert.deepEqual([code, complaint], [3, 'no\n']);
  assert.ok(Number(output) >= 10, output);
});

test('it is ended when told to', async () => {
  const { ended, kill } = runBehind('sleep', ['1000']);
  kill();
  assert.equal((await ended).code, null);
});

test('where there is no such program, or no open file to spare for it, that is said and nothing ends', {
  skip,
}, async () => {
  await assert.rejects(runBehind('no-such-program', []).ended, { code: 'ENOENT' });
  const script = `
    import { runBehind } from ${JSON.stringify(new URL('./run-behind.ts', import.meta.url).href)};
    const giveBack = takeAll();
    await runBehind('true', []).ended.catch(({ code }) => say(code));
    giveBack();
    say((await runBehind('true', []).ended).code);
  `;
  assert.deepEqual(runShortOfFiles(script), ['EMFILE', 0]);
});
