import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifiedReplica } from './describe-verification.ts';
import { followVerification } from './follow-verification.ts';

const asked: VerifiedReplica = {
  name: 'dr',
  progress: { entriesDone: 1, entriesTotal: 2, bytesDone: 1024 },
  answered: undefined,
  entries: 0,
  differences: 0,
  found: 0,
  repaired: 0,
  samples: [],
  trouble: undefined,
  held: 0,
};
const answered = { ...asked, progress: undefined, answered: 'now', entries: 2 };

test('how far it is, and what came out of it, are told without an empty line while what was found is being mended', async () => {
  const mending = { ...answered, differences: 1, found: 1 };
  const looks = [asked, mending, mending, { ...answered, found: 1, repaired: 1 }];
  const written: string[] = [];
  const isClean = await followVerification({
    before: [asked],
    look: async () => [looks.shift() ?? answered],
    isAnswered: (replica) => replica.answered !== undefined,
    out: { write: (text: string) => written.push(text) } as unknown as typeof process.stdout,
  });
  assert.equal(isClean, false);
  assert.deepEqual(written.join('').split('\n'), [
    'dr: 1 of 2 entries, 1.0 KiB',
    'dr: 2 entries compared, 1 found to differ, 1 mended, nothing differs now',
    '',
  ]);
});

test('what was not compared is not well: no replica at all, and one that went meanwhile', async () => {
  const follow = async (before: readonly VerifiedReplica[], now: readonly VerifiedReplica[]) => {
    const written: string[] = [];
    const isClean = await followVerification({
      before,
      look: async () => now,
      isAnswered: (replica) => replica.answered !== undefined,
      out: { write: (text: string) => written.push(text) } as unknown as typeof process.stdout,
    });
    return [isClean, written.join('')];
  };
  assert.deepEqual(await follow([], []), [false, 'nothing was compared: there is no replica yet\n']);
  assert.deepEqual(await follow([asked, { ...asked, name: 'nas' }], [answered]), [
    false,
    'dr: 2 entries compared, nothing differs\nnas: not compared: it is not there any more\n',
  ]);
  assert.deepEqual(await follow([asked], [answered]), [true, 'dr: 2 entries compared, nothing differs\n']);
});
