import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Complaint } from '../../rsync/complaints.ts';
import type { RunResult } from '../../rsync/run.ts';
import { endedRun } from '../../testing/ended-run.ts';
import { judgeRun } from './judge-run.ts';

const ok = endedRun();
const paths = ['a', 'd/b', 'd/c'];
const complain = (path: string | undefined, more: Partial<Complaint> = {}): Complaint => {
  return { side: 'target', path, errno: 1, vanished: false, text: `about ${path}`, ...more };
};
const judge = (result: Partial<RunResult>, listed: readonly string[] = paths) => {
  const { arrived, again, refused, failed } = judgeRun(listed, { ...ok, ...result });
  return { arrived, again, refused: refused.map(({ path, why }) => `${path} ${why}`), failed };
};

const table: readonly (readonly [name: string, result: Partial<RunResult>, verdict: ReturnType<typeof judge>])[] = [
  ['all went', {}, { arrived: paths, again: [], refused: [], failed: false }],
  [
    'one vanished',
    { code: 24, complaints: [complain('d/b', { vanished: true, side: 'source' })] },
    { arrived: ['a', 'd/c'], again: ['d/b'], refused: [], failed: false },
  ],
  [
    'the target refuses one',
    { outcome: 'partial', complaints: [complain('a')] },
    { arrived: ['d/b', 'd/c'], again: [], refused: ['a refused'], failed: false },
  ],
  [
    'one can’t be read',
    { outcome: 'partial', complaints: [complain('a', { side: 'source', errno: 13 })] },
    { arrived: ['d/b', 'd/c'], again: [], refused: ['a unreadable'], failed: false },
  ],
  [
    'what is below a listed name is about that',
    { outcome: 'partial', complaints: [complain('a/x/y')] },
    { arrived: ['d/b', 'd/c'], again: [], refused: ['a refused'], failed: false },
  ],
  [
    'nobody can say which',
    { outcome: 'partial', complaints: [complain('tmp/.b.x7Yz9Q')] },
    { arrived: [], again: [], refused: ['a refused', 'd/b refused', 'd/c refused'], failed: false },
  ],
  [
    'the attributes of the root, which no list names',
    { outcome: 'partial', complaints: [complain('', { text: 'failed to set times on "."' })] },
    { arrived: paths, again: [], refused: [' refused'], failed: false },
  ],
  [
    'the attributes of a directory above',
    { outcome: 'partial', complaints: [complain('d', { text: 'failed to set permissions on "d"' })] },
    { arrived: paths, again: [], refused: ['d refused'], failed: false },
  ],
  [
    'some are said and another is not',
    { outcome: 'partial', complaints: [complain('a'), complain(undefined)] },
    { arrived: [], again: [], refused: ['a refused', 'd/b refused', 'd/c refused'], failed: false },
  ],
  [
    'more was said than was kept',
    { outcome: 'partial', complaintsCut: true, complaints: [complain('a')] },
    { arrived: [], again: ['d/b', 'd/c'], refused: ['a refused'], failed: false },
  ],
  [
    'no room',
    { outcome: 'partial', reason: 'TargetFull', complaints: [complain('a', { errno: 28 })] },
    { arrived: [], again: paths, refused: [], failed: true },
  ],
  [
    'read-only',
    { outcome: 'partial', reason: 'TargetReadOnly', complaints: [complain('a', { errno: 30 })] },
    { arrived: [], again: paths, refused: [], failed: true },
  ],
  ['the way is broken', { outcome: 'again' }, { arrived: [], again: paths, refused: [], failed: true }],
];

for (const [name, result, verdict] of table) {
  test(`a run: ${name}`, () => assert.deepEqual(judge(result), verdict));
}

test('what is below a directory that was not made did not arrive either, unless only attributes were refused', () => {
  const listed = ['d', 'd/b', 'd/deep/c', 'dd'];
  const told = (text: string) => judge({ outcome: 'partial', complaints: [complain('d', { text })] }, listed);
  const notMade = told('recv_generator: mkdir "d" failed');
  assert.deepEqual([notMade.arrived, notMade.refused], [['dd'], ['d refused', 'd/b refused', 'd/deep/c refused']]);
  assert.deepEqual(told('failed to set times on "d"').arrived, ['d/b', 'd/deep/c', 'dd']);
});
