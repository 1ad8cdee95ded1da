import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, RunResult } from '../rsync/run.ts';
import { endedRun } from '../testing/ended-run.ts';
import { Comparison } from './comparison.ts';
import { FoundDeletions } from './found-deletions.ts';

const ended = endedRun('Number of files: 3');

/** A dry run that prints what it is told to, and knows whether it was asked to wait. */
function setUp(changedAt?: (path: string) => number) {
  let print: (chunk: Buffer) => void = () => {};
  const end = Promise.withResolvers<RunResult>();
  const holds: boolean[] = [];
  const run: Run = {
    finished: end.promise,
    ended: false,
    feed: () => end.promise,
    holdOutput: (hold) => holds.push(hold),
    kill: () => {},
  };
  const comparison = new Comparison({
    start: (onOutput) => {
      print = onOutput;
      return run;
    },
    subtrees: [''],
    ...(changedAt === undefined ? {} : { changedAt }),
  });
  return { comparison, holds, print: (text: string) => print(Buffer.from(text, 'latin1')), end: end.resolve };
}

test('what is found is given while more is being found, wherever a line is cut', async () => {
  const { comparison, print, end } = setUp();
  print('>f+++++++++ 7 a\n>f++++');
  assert.deepEqual(
    (await comparison.next(10)).map(({ path }) => path),
    ['a'],
  );
  print('+++++ 5 b\n*deleting   0 d/e\n*deleting   0 d/\n');
  assert.deepEqual(
    (await comparison.next(10)).map(({ path }) => path),
    ['b'],
  );
  end(ended);
  assert.deepEqual(await comparison.next(10), []);
  assert.deepEqual(comparison.deletions.without([]), [{ path: 'd', entries: 2 }]);
  assert.deepEqual([comparison.files, comparison.bytes, comparison.isCut], [2, 12, false]);
});

test('of what waits the small comes first, and what is left out is no difference', async () => {
  const { comparison, print, end } = setUp();
  print('>f+++++++++ 900 a\nhuge is over max-size\ncd+++++++++ 4096 d/\n>f+++++++++ 5 d/b\n.f...p..... 0 c\n');
  end(ended);
  assert.deepEqual(
    (await comparison.next(10)).map(({ path }) => path),
    ['d', 'c', 'd/b', 'a'],
  );
  assert.deepEqual(comparison.leftOut, [{ path: 'huge', why: 'too-large' }]);
});

test('of like size the new comes first, and of what is sent in no time the age is not asked for', async () => {
  const asked: string[] = [];
  const { comparison, print, end } = setUp((path) => {
    asked.push(path);
    return { old: 1, new: 9, large: 10 }[path] ?? 0;
  });
  print('>f+++++++++ 300000 large\n>f+++++++++ 100000 old\n>f+++++++++ 110000 new\n>f+++++++++ 9 small\n');
  end(ended);
  assert.deepEqual(
    (await comparison.next(10)).map(({ path }) => path),
    ['small', 'new', 'old', 'large'],
  );
  assert.deepEqual(asked, ['large', 'old', 'new']);
});

test('rsync waits while too much is found, and goes on when it is worked through', async () => {
  const { comparison, holds, print, end } = setUp();
  print(Array.from({ length: 25_000 }, (_, n) => `>f+++++++++ 1 f${n}\n`).join(''));
  assert.deepEqual(holds, [true]);
  let given = 0;
  while (given < 16_000) given += (await comparison.next(2_000)).length;
  assert.deepEqual(holds, [true, false]);
  end({ ...ended, outcome: 'again', reason: 'TimedOut' });
  while (given < 25_000) given += (await comparison.next(2_000)).length;
  assert.deepEqual(await comparison.next(1), []);
  assert.equal(comparison.isCut, true, 'a daemon may have lost its patience: there is more');
});

test('of very many deletions all are counted, and some kept by name', () => {
  const found = new FoundDeletions();
  for (let n = 0; n < 60_000; n++) found.add(`f${n}`);
  assert.deepEqual([found.without([]).length, found.dropped, found.isCut], [50_000, 10_000, true]);
  assert.equal(found.without(['']).length, 0);
  assert.equal(found.without(['f1']).length, 49_999);
});

test('what is below a directory that could not be read is not missing', () => {
  const found = new FoundDeletions();
  for (const path of ['d/file', 'd/sub/file', 'dd', 'e']) found.add(path);
  assert.deepEqual(
    found.without(['d']).map(({ path }) => path),
    ['dd', 'e'],
  );
});

test('a file in place of a directory waits with what is in that, however much is missing besides', async () => {
  const { comparison, print, end } = setUp();
  print(Array.from({ length: 50_000 }, (_, n) => `*deleting   0 f${n}\n`).join(''));
  print('*deleting   0 d/below\n>f+++++++++ 1 d\n>f+++++++++ 1 e\n');
  end(ended);
  assert.deepEqual(
    (await comparison.next(10)).map(({ path }) => path),
    ['e'],
  );
  assert.deepEqual(
    comparison.inPlaceOfDirectories.map(({ path }) => path),
    ['d'],
  );
});
