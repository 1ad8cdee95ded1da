import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../../../src/process/clock.ts';
import { judgeInSync, type SyncFacts } from '../replicate/status/in-sync.ts';
import { coveredBy } from './covered.ts';
import { Upstream } from './upstream.ts';

const begin = (t: TestContext) => {
  const root = mkdtempSync(join(tmpdir(), 'upstream-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'fresh'));
  const time = { monotonic: 1_000_000, wall: 5_000_000_000_000 };
  const clock = { monotonic: () => time.monotonic, now: () => time.wall } as Clock;
  const upstream = new Upstream(join(root, 'data'), clock);
  const say = (text: string): void => writeFileSync(join(root, 'fresh/as-of'), text);
  const pass = (ms: number): void => {
    time.monotonic += ms;
    time.wall += ms;
  };
  return { upstream, say, pass, time };
};

test('a copy is as old as its receiver says, and of no age while nobody says', (t) => {
  const { upstream, say, pass, time } = begin(t);
  assert.equal(upstream.ageMs(), null);
  for (const nonsense of ['', 'soon\n', '-1\n', '99999999999999999999\n']) {
    say(nonsense);
    assert.equal(upstream.ageMs(), null, nonsense);
  }
  say(`${time.wall - 300}\n`);
  assert.equal(upstream.ageMs(), 300);
  pass(4_000);
  assert.equal(upstream.ageMs(), 4_300);
  say(`${time.wall + 60_000}\n`);
  assert.equal(upstream.ageMs(), 0, 'nothing is from the future');
});

test('another copy is as old as this one was before what it lacks came here', (t) => {
  const { upstream, say, pass, time } = begin(t);
  say(`${time.wall - 60_000}\n`);
  assert.equal(upstream.ageBefore(0), undefined, 'what was told just now may not have been read');
  pass(2_000);
  assert.equal(upstream.ageBefore(0), 62_000);
  // It catches up at once; the other has nothing of that for three seconds.
  say(`${time.wall}\n`);
  pass(1_000);
  assert.equal(upstream.ageMs(), 1_000);
  pass(3_000);
  assert.equal(upstream.ageBefore(2_500), 66_000);
  assert.equal(upstream.ageBefore(0), 4_000);
  assert.equal(upstream.ageBefore(3_600_000), undefined, 'so far back nothing is known');
});

test('a target is told how old it is all the way to the source, and nothing while it is not in sync', () => {
  const ageBefore = (lagMs: number): number | undefined => (lagMs === 500 ? 4_000 : undefined);
  assert.deepEqual(coveredBy({ inSync: true, lagSeconds: 0.2504 }, undefined), { coveredMs: 251 });
  assert.deepEqual(coveredBy({ inSync: true, lagSeconds: 0.5 }, { ageBefore }), { coveredMs: 4_000 });
  assert.deepEqual(coveredBy({ inSync: true, lagSeconds: 0 }, { ageBefore }), {});
  assert.deepEqual(coveredBy({ inSync: false, lagSeconds: 0 }, undefined), {});
});

test('what is copied on from a copy is in sync only while that is', () => {
  const facts: SyncFacts = {
    link: 'Online',
    promoted: false,
    initialPassDone: true,
    owesFound: false,
    maxLagMs: 10_000,
    lagMs: 0,
    unseenMs: 0,
    unacknowledgedMs: 0,
    notWatched: undefined,
    heldDeletes: 0,
    refused: 0,
    unreadable: 0,
    differences: 0,
  };
  assert.equal(judgeInSync({ ...facts, upstreamMs: undefined }), null);
  assert.equal(judgeInSync({ ...facts, upstreamMs: 20_000 }), null);
  for (const upstreamMs of [null, 20_001])
    assert.equal(judgeInSync({ ...facts, upstreamMs })?.reason, 'UpstreamBehind');
});
