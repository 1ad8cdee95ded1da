import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

const script = (root: string): string => `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { answerHash, answerList } from ${JSON.stringify(new URL('./answer-verify.ts', import.meta.url).href)};
  const root = ${JSON.stringify(root)};
  const coded = (name) => Buffer.from(name).toString('base64url');
  const [file, path] = [coded('file'), coded('dir')];
  const ask = (note) => [
    answerList(root, { epoch: 1, directories: [{ path, names: [file] }] }),
    answerList(root, { epoch: 1, directories: [{ path }] }),
    answerHash(root, { epoch: 1, pieces: [{ path: coded('dir/file'), from: 0, length: 1 }] }),
  ].map((answer) => answer.then(note));
  await Promise.all(ask(() => {}));
  const giveBack = takeAll();
  const answers = [];
  const all = ask(({ directories: [listed] = [], pieces: [piece] = [] }) => {
    answers.push(listed ? listed.entries.length : piece.bytes);
  });
  await sleep(250);
  say([...answers]);
  giveBack();
  await Promise.all(all);
  say(answers);
`;

test('a directory that can’t be opened for want of open files is not told of as one that holds nothing', {
  skip,
}, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'short-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'dir'));
  writeFileSync(join(root, 'dir/file'), 'x');
  assert.deepEqual(runShortOfFiles(script(root)), [[], [1, 1, 1]]);
});
