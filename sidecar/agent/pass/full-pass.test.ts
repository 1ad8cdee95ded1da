import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothingSent } from '../send/executor.ts';
import { FullPass } from './full-pass.ts';
import type { PassContext } from './pass-context.ts';
import { filesIn, missingContext, wholePass } from './testing/missing-context.ts';

/** A comparison of all that misses `missing` files at the source, of which nothing was told. */
const passOver = (
  missing: number,
  stats: string,
  {
    root: becomes = 'same',
    sourceReplaced = false,
    isPending = false,
  }: { root?: 'same' | 'replaced'; sourceReplaced?: boolean; isPending?: boolean } = {},
) => {
  let root = 'same';
  const during = (): void => {
    root = becomes;
  };
  const source = { check: () => root, isEmpty: () => root !== 'same' };
  const paths = filesIn('', missing);
  const { context, told } = missingContext({ missing: paths, stats, during, source, isPending: () => isPending });
  return { pass: new FullPass({ ...wholePass, sourceReplaced }, context), told };
};

test('a comparison during which another directory took the root’s place has nothing held, and is to be done again', async () => {
  const { pass, told } = passOver(1, 'Number of files: 1', { root: 'replaced' });
  assert.deepEqual([(await pass.run()).kind, told], ['repeat', []]);
});

test('what is missing is judged by its share of all that the target held before', async () => {
  const few = passOver(200, 'Number of files: 400\nNumber of created files: 100');
  assert.deepEqual([(await few.pass.run()).kind, few.told], ['done', [200, 'nothing held']]);
  const many = passOver(200, 'Number of files: 400\nNumber of created files: 201');
  assert.deepEqual([(await many.pass.run()).kind, many.told], ['done', ['TooMany 200']]);
});

test('what is pending explains what is missing, but not on a root that took another’s place', async () => {
  const same = passOver(1, 'Number of files: 1', { isPending: true });
  assert.deepEqual([(await same.pass.run()).kind, same.told], ['done', ['explained 1', 'nothing held']]);
  const replaced = passOver(1, 'Number of files: 1', { isPending: true, sourceReplaced: true });
  assert.deepEqual([(await replaced.pass.run()).kind, replaced.told], ['done', ['SourceReplaced 1']]);
});

for (const [what, comesBack] of [
  ['that is mounted again', true],
  ['that stays away', false],
] as const)
  test(`what went with a file system below the source ${what} before a comparison ends is not missing`, async () => {
    let lost: readonly string[] = ['disk'];
    let version = 1;
    const during = (): void => {
      if (comesBack) [lost, version] = [[], 2];
    };
    const source = { mountsLost: () => lost, mountsVersion: () => version };
    const missing = ['disk/d/file', 'disk/d/'];
    const { context, told } = missingContext({ missing, during, source, whole: () => 1_000 });
    const pass = new FullPass({ ...wholePass, subtrees: ['disk'], reason: 'unreadable' }, context);
    assert.deepEqual([(await pass.run()).kind, told], [comesBack ? 'repeat' : 'done', []]);
  });

test('what is missing in a file system below the source and there again is neither deleted nor held: it came back unseen', async () => {
  const source = {
    mountsLost: () => [],
    mountsVersion: () => 1,
    isInMount: (path: string) => path.startsWith('disk'),
    look: (path: string) => ({ kind: path === 'disk/gone' ? 'gone' : 'file' }),
  };
  const passOver = (missing: readonly string[]) => {
    const { context, told } = missingContext({ missing, source, whole: () => 150 });
    return { pass: new FullPass({ ...wholePass, subtrees: ['disk'] }, context), told };
  };
  const { pass, told } = passOver(['beside', 'disk/gone', 'disk/file']);
  assert.deepEqual([(await pass.run()).kind, told], ['done', ['back disk/file', 2]]);
  const all = passOver(filesIn('disk/', 150));
  assert.deepEqual([(await all.pass.run()).kind, all.told], ['done', [`back ${filesIn('disk/', 150)}`]]);
});

for (const missing of [50, 200])
  test(`a part of what is held, ${missing} entries, is neither let go nor counted in place of all by a comparison of its directory`, async () => {
    const asked = { id: 'asked', reason: 'TooMany', count: 5_000, samples: [], since: 0 } as const;
    for (const released of [undefined, asked.id]) {
      const others = { held: () => asked, released: () => released, whole: () => 6_000 };
      const { context, told } = missingContext({ missing: filesIn('d/', missing), ...others });
      const pass = new FullPass({ ...wholePass, subtrees: ['d'], reason: 'unreadable' }, context);
      assert.deepEqual([(await pass.run()).kind, told], ['done', []]);
    }
  });

test('that something went everywhere while events were lost does not let go what was held before', async () => {
  const asked = { id: 'asked', reason: 'TooMany', count: 150, samples: [], since: 0 } as const;
  for (const [held, expected] of [
    [null, ['announced 150', 150, 'nothing held']],
    [asked, ['TooMany 150']],
  ] as const) {
    const { context, told } = missingContext({ missing: filesIn('', 150), held: () => held });
    const onAnnounced = (count: number) => told.push(`announced ${count}`);
    const request = { ...wholePass, reason: 'overflow', announced: [''] } as const;
    assert.equal((await new FullPass(request, { ...context, onAnnounced }).run()).kind, 'done');
    assert.deepEqual(told, expected);
  }
});

test('a comparison is not done where its session ends while it looks for what changed since', async () => {
  const stop = new AbortController();
  const sent: string[] = [];
  const changedSince = async function* () {
    yield [{ path: 'first', changedAt: 1 }];
    stop.abort();
    yield [{ path: 'second', changedAt: 1 }];
  };
  const { context } = missingContext({ missing: [], source: { changedSince } });
  const send = async ({ content }: { content: readonly string[] }) => {
    sent.push(...content);
    return { ...nothingSent, big: [] };
  };
  const more = { signal: stop.signal, send, excludes: () => false, isSent: () => false };
  const pass = new FullPass({ ...wholePass, since: 1 }, { ...context, ...more });
  assert.deepEqual([(await pass.run()).kind, sent], ['aborted', ['first']]);
});

test('nor where it ends while what is missing waits to be deleted, and nothing that is held is let go by it', async () => {
  const stop = new AbortController();
  const { context, told } = missingContext({ missing: ['gone'] });
  const remove: PassContext['remove'] = async (_, paths) => {
    // As whoever had to wait for a lock until then.
    stop.abort();
    return { deleted: [], back: paths, refused: [], held: undefined, failed: undefined };
  };
  const pass = new FullPass(wholePass, { ...context, remove, signal: stop.signal });
  assert.deepEqual([(await pass.run()).kind, told], ['aborted', []]);
});
