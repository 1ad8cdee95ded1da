import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentOf, reportOf } from '../decide/observed.fixture.ts';
import { compareReports, type Novelty } from './compare-reports.ts';
import { createReports } from './reports.ts';

test('what a report says that the last one did not', () => {
  const position = (sequence: number) => ({ epoch: 1, sequence });
  const progress = { phase: 'InitialPass', step: 'Comparing', filesDone: 1, etaSeconds: null };
  const table: [string, object, object, Novelty][] = [
    ['the same', { pending: 0 }, { pending: 0 }, 'nothing'],
    ['a heartbeat, room on the disk', { heartbeatAt: 1, freeBytes: 1 }, { heartbeatAt: 2, freeBytes: 2 }, 'nothing'],
    ['a lease that is renewed', { leaseExpiresInMs: 900 }, { leaseExpiresInMs: 14_000 }, 'nothing'],
    ['a lease that ran out', { leaseExpiresInMs: 900 }, { leaseExpiresInMs: 0 }, 'news'],
    ['a position that moves', { position: position(1) }, { position: position(2) }, 'figures'],
    ['the first position', { position: null }, { position: position(1) }, 'news'],
    ['the first whole pass', { lastFullPassAt: null }, { lastFullPassAt: 5 }, 'news'],
    ['another whole pass', { lastFullPassAt: 4 }, { lastFullPassAt: 5 }, 'figures'],
    ['a pass that goes on', { progress }, { progress: { ...progress, filesDone: 2 } }, 'figures'],
    ['a pass that begins', { progress: null }, { progress }, 'news'],
    ['changes that wait', { replicas: [{ pending: 0 }] }, { replicas: [{ pending: 7 }] }, 'figures'],
    ['no longer in sync', { replicas: [{ inSync: true }] }, { replicas: [{ inSync: false }] }, 'news'],
    ['one more target', { replicas: [{}] }, { replicas: [{}, {}] }, 'news'],
    ['figures and news', { pending: 1, paused: false }, { pending: 2, paused: true }, 'news'],
  ];
  for (const [name, before, after, novelty] of table) assert.equal(compareReports(before, after), novelty, name);
});

test('who comes back after a silence is news, with the same words', () => {
  const reports = createReports();
  const put = (at: number) => reports.put('agent/shop/web-a/uploads', { at, status: agentOf([reportOf('dr')]) });
  assert.equal(put(0), 'news');
  assert.equal(put(5_000), 'nothing');
  assert.equal(put(30_000), 'news');
});

test('a receiver’s word that its agent says nothing any more is news, once; what another one knows less of is none', () => {
  const reports = createReports();
  const status = agentOf([reportOf('dr')]);
  const tell = (now: number, ageMs: number) =>
    reports.put('agent/shop/web-a/uploads', { at: now - ageMs, lookedAt: now, isHanded: true, status });
  tell(10_000, 0);
  assert.equal(tell(20_000, 60_000), 'nothing', 'the other receiver has not heard of it for a minute');
  assert.equal(reports.agent('agent/shop/web-a/uploads')?.lookedAt, 10_000);
  assert.equal(tell(24_000, 14_003), 'nothing');
  assert.equal(tell(26_000, 15_999), 'news');
  assert.equal(tell(31_000, 21_000), 'nothing');
  assert.equal(tell(36_000, 1_000), 'news', 'it is back');
});

test('silence is judged by when anybody was heard, once there are many', () => {
  const reports = createReports();
  const ask = (count: number) => {
    for (let at = 0; at < count; at++) reports.unanswered(`agent/shop/web-${at}/uploads`, 0);
  };
  ask(9);
  reports.put('agent/shop/web-3/uploads', { at: 50_000, status: agentOf([reportOf('dr')]) });
  assert.equal(reports.hearingAt(), Infinity, 'nine may be away together');
  ask(10);
  assert.equal(reports.hearingAt(), 50_000);
});

test('who never answered is judged once it could have for as long as it takes to be silent', () => {
  const reports = createReports();
  const key = 'agent/shop/web-a/uploads';
  reports.unanswered(key, 1_000);
  reports.unanswered(key, 6_000);
  assert.equal(reports.isJudged(key), false, 'the first questions may be lost where thousands are put at once');
  assert.equal(reports.wasAsked(key), true);
  reports.unanswered(key, 16_000);
  assert.equal(reports.isJudged(key), true);
  const heard = 'receiver/shop/uploads-dr-0/uploads';
  reports.unanswered(heard, 1_000);
  reports.put(heard, { at: 2_000, status: agentOf([reportOf('dr')]) });
  assert.equal(reports.isJudged(heard), true);
  reports.forget(heard);
  assert.equal(reports.isJudged(heard), false);
});

test('of who is forgotten nothing is left, also of one that never answered', () => {
  const reports = createReports();
  const keyOf = (index: number) => `agent/shop/job-${index}/uploads`;
  for (let index = 0; index < 20; index++) {
    reports.unanswered(keyOf(index), 1_000);
    reports.forget(keyOf(index));
    assert.equal(reports.wasAsked(keyOf(index)), false);
  }
  reports.put(keyOf(20), { at: 50_000, status: agentOf([reportOf('dr')]) });
  assert.equal(reports.hearingAt(), Infinity, 'there is one');
});

test('how old a copy is moves all the time, and is news when it gets old', () => {
  const report = (coveredMs: number | null | undefined) => ({
    epoch: 1,
    ...(coveredMs === undefined ? {} : { coveredMs }),
  });
  assert.equal(compareReports(report(200), report(5_200)), 'nothing');
  assert.equal(compareReports(report(5_200), report(31_000)), 'news');
  assert.equal(compareReports(report(31_000), report(36_000)), 'nothing');
  assert.equal(compareReports(report(36_000), report(100)), 'news');
  assert.equal(compareReports(report(undefined), report(null)), 'news');
});
