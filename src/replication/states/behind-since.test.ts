import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agentOf,
  conditionOf,
  look,
  messageOf,
  now,
  replicaOf,
  reportOf,
  wellWorld,
} from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';
import { type BehindFacts, judgeBehindSince } from './behind-since.ts';

const wallMs = 1_000_000;
const facts: BehindFacts = { before: undefined, report: undefined, inSync: false, isPromoted: false, wallMs };
const said = (lagSeconds: number, initialPassDone = true) => ({ lagSeconds, initialPassDone });

const table: readonly [string, Partial<BehindFacts>, number | undefined][] = [
  ['nobody ever said anything', {}, undefined],
  ['an agent is behind', { report: said(30) }, wallMs - 30_000],
  ['it catches up a little', { report: said(10), before: 5 }, wallMs - 10_000],
  ['nothing is pending, though something else is wrong', { report: said(0), before: 5 }, undefined],
  ['its pod goes while it is behind', { before: 5 }, 5],
  ['another agent has not compared yet: what the former one owed is owed', { report: said(2, false), before: 5 }, 5],
  ['so it is before the first event of its life', { report: said(0, false), before: 5 }, 5],
  ['a first agent that has not compared yet', { report: said(2, false) }, wallMs - 2_000],
  ['the target is the source', { report: said(0.2), inSync: true, before: 5 }, undefined],
  ['the last agent said at its end that all came through', { inSync: true, before: 5 }, undefined],
  ['the target is in use in place of its source', { isPromoted: true, before: 5 }, undefined],
];

for (const [name, more, expected] of table)
  test(`${name}: ${expected}`, () => assert.equal(judgeBehindSince({ ...facts, ...more }), expected));

const behind = reportOf('dr', { inSync: false, link: 'Offline', lagSeconds: 60, pending: 3, initialPassDone: false });
const heard = { agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([behind]) }]]) };
const gone: Partial<Observed> = { pods: [], agents: new Map() };

/** What a look leaves for the next one of the same operator. */
const next = (first: ReturnType<typeof look>): Partial<Observed> => ({
  replica: replicaOf({}, {}, first.status),
  memory: first.memory,
});

test('a Job whose last file never arrived: the status says so while no pod runs, also by another leader', () => {
  const first = look(wellWorld({ ...heard, memory: new Map() }));
  const since = first.status?.volumes?.[0]?.replicas?.[0]?.behindSince;
  assert.equal(since, new Date(now.wallMs - 60_000).toISOString().replace('.000', ''));
  for (const memory of [first.memory, new Map()]) {
    const later = look(wellWorld({ ...next(first), ...gone, memory }));
    assert.equal(later.status?.volumes?.[0]?.replicas?.[0]?.behindSince, since);
    assert.equal(conditionOf(later, 'InSync'), 'False ChangesOwed');
    assert.match(
      messageOf(later, 'InSync'),
      new RegExp(`no pod uses uploads now, and what was written since ${since} is not on dr`),
    );
    assert.match(messageOf(later, 'Ready'), new RegExp(`but what was written since ${since} is not on dr`));
  }
});

test('a Job that nobody heard before it ended: the status says that nobody ever compared', () => {
  const plan = look(wellWorld({ ...gone, memory: new Map() }));
  assert.equal(conditionOf(plan, 'InSync'), 'Unknown NoWriter');
  assert.match(messageOf(plan, 'InSync'), /no pod uses uploads now, and it was never compared with dr/);
  assert.match(messageOf(plan, 'Ready'), /but it was never compared with dr/);
});

test('the next run sends it, and nothing is owed any more', () => {
  const first = look(wellWorld({ ...heard, memory: new Map() }));
  const later = look(wellWorld({ ...next(first), ...gone }));
  const back = look(wellWorld({ ...next(later) }));
  assert.equal(back.status?.volumes?.[0]?.replicas?.[0]?.behindSince, undefined);
  assert.equal(conditionOf(back, 'InSync'), 'True EnoughInSync');
});
