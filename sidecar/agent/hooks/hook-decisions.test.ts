import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import type { Change } from '../changes/change.ts';
import { eventOf, type HookEvent } from './hook-event.ts';
import { makeCloudEvents, makeHttpRequest } from './hook-message.ts';
import { HookQueue } from './hook-queue.ts';
import { type CallResult, judgeCall } from './judge-call.ts';
import { compileMatcher } from './match-hook.ts';

const event = (operation: EventKind, path: string, more: Partial<HookEvent> = {}): HookEvent => ({
  operation,
  path,
  at: 0,
  sequence: 1,
  ...more,
});

test('what a change is to a hook', () => {
  const rows: readonly [Change, Partial<HookEvent> | undefined][] = [
    [
      { kind: 'content', path: 'a' },
      { operation: 'Write', path: 'a' },
    ],
    [
      { kind: 'content', path: 'a', created: true },
      { operation: 'Create', path: 'a' },
    ],
    [
      { kind: 'attributes', path: 'a' },
      { operation: 'Attributes', path: 'a' },
    ],
    [
      { kind: 'delete', path: 'a' },
      { operation: 'Delete', path: 'a' },
    ],
    [
      { kind: 'move', from: 'a', path: 'b', isDirectory: false },
      { operation: 'Move', path: 'b', from: 'a' },
    ],
    [
      { kind: 'move', from: 'a', path: 'b', isDirectory: true },
      { operation: 'Move', path: 'b', from: 'a', isDirectory: true },
    ],
    [{ kind: 'subtree', path: 'a', reason: 'overflow' }, undefined],
  ];
  for (const [change, expected] of rows)
    assert.deepEqual(eventOf(change, 5, 7), expected && { ...expected, at: 5, sequence: 7 });
});

test('which events a hook is for', () => {
  const all: EventKind[] = ['Write', 'Create', 'Delete', 'Move', 'Attributes'];
  const rows: readonly [paths: string[], operations: EventKind[], HookEvent, boolean][] = [
    [[], all, event('Write', 'a'), true],
    [['*.jpg'], all, event('Write', 'd/a.jpg'), true],
    [['**/*.jpg'], all, event('Write', 'a.jpg'), true],
    [['/d/**'], all, event('Write', 'e/d/a'), false],
    [['*.jpg'], all, event('Write', 'a.png'), false],
    [['*.jpg'], ['Delete'], event('Write', 'a.jpg'), false],
    [['*.jpg'], ['Write'], event('Create', 'a.jpg'), true],
    [['*.jpg'], ['Create'], event('Write', 'a.jpg'), false],
    [['*.jpg'], ['Move'], event('Move', 'a.png', { from: 'a.jpg' }), true],
    [['*.jpg'], ['Move'], event('Move', 'd', { from: 'e', isDirectory: true }), true],
    [['*.jpg'], ['Write'], event('Move', 'd', { from: 'e', isDirectory: true }), false],
    [[], all, event('Attributes', ''), false],
  ];
  for (const [paths, operations, given, expected] of rows)
    assert.equal(compileMatcher({ paths, operations })(given), expected, JSON.stringify([paths, operations, given]));
});

test('what becomes of a call', () => {
  const answered = (status: number, retryAfterMs?: number): CallResult => ({ kind: 'answered', status, retryAfterMs });
  const rows: readonly [CallResult, tries: number, string][] = [
    [answered(204), 1, 'done'],
    [answered(500), 99, 'again'],
    [answered(429, 7_000), 99, 'again'],
    [answered(404), 1, 'again'],
    [answered(404), 5, 'given-up'],
    [answered(302), 5, 'given-up'],
    [{ kind: 'failed', message: 'no route' }, 99, 'again'],
    [{ kind: 'exited', code: 0 }, 1, 'done'],
    [{ kind: 'exited', code: 1 }, 99, 'again'],
    [{ kind: 'exited', code: null }, 1, 'again'],
  ];
  for (const [result, tries, expected] of rows)
    assert.equal(judgeCall(result, tries).kind, expected, JSON.stringify(result));
  assert.deepEqual(judgeCall(answered(503, 7_000), 1), { kind: 'again', why: 'it answered 503', afterMs: 7_000 });
});

const queue = (more: object = {}) => new HookQueue({ debounceMs: 100, batchSize: 3, maxEvents: 5, ...more });
const paths = (next: ReturnType<HookQueue['next']>): unknown =>
  'batch' in next ? next.batch.map(({ event: { path } }) => path) : next.lookAt;

test('an event goes once it is durable, and a batch when it is full or old enough', () => {
  const q = queue();
  for (const name of ['a', 'b', 'c', 'd']) q.add(event('Write', name));
  const { acknowledge } = q.markArrived(({ path }) => (path === 'b' ? 'waits' : 'arrived'));
  assert.equal(paths(q.next(1_000)), Number.POSITIVE_INFINITY, 'arrived is not durable');
  acknowledge(1_000);
  assert.deepEqual(paths(q.next(1_000)), ['a', 'c', 'd'], 'full');
  const first = q.next(1_000);
  if ('batch' in first) q.done(first.batch);
  assert.equal(paths(q.next(1_000)), Number.POSITIVE_INFINITY);
  q.markArrived(() => 'arrived').acknowledge(2_000);
  assert.equal(paths(q.next(2_050)), 2_100);
  assert.deepEqual(paths(q.next(2_100)), ['b']);
});

test('events of one name go in order, and none overtakes one that waits under its name', () => {
  const q = queue({ batchSize: 10, debounceMs: 0 });
  q.add(event('Write', 'a'));
  q.add(event('Move', 'b', { from: 'a' }));
  q.add(event('Delete', 'b'));
  q.add(event('Write', 'c'));
  q.markArrived(({ operation, path }) => (operation !== 'Write' || path === 'c' ? 'arrived' : 'waits')).acknowledge(0);
  assert.deepEqual(paths(q.next(0)), ['c']);
});

test('what a target never gets is told to nobody, and blocks nothing', () => {
  const q = queue({ debounceMs: 0 });
  q.add(event('Write', 'huge'));
  q.add(event('Write', 'b'));
  const { leftOut, acknowledge } = q.markArrived(({ path }) => (path === 'huge' ? 'left-out' : 'arrived'));
  assert.deepEqual(
    leftOut.map((one) => one.event.path),
    ['huge'],
  );
  q.done(leftOut);
  acknowledge(0);
  assert.deepEqual(paths(q.next(0)), ['b']);
  assert.equal(q.size, 1);
});

test('what says the same as one that waits is told once, and only when the later one is there', () => {
  const q = queue({ debounceMs: 0 });
  assert.equal(q.add(event('Create', 'a', { at: 1 })), 1);
  const { acknowledge } = q.markArrived(() => 'arrived');
  assert.equal(q.add(event('Write', 'a', { at: 2, sequence: 9 })), undefined);
  acknowledge(0);
  assert.equal(paths(q.next(0)), Number.POSITIVE_INFINITY, 'it was changed again');
  q.markArrived(({ sequence }) => (sequence === 9 ? 'arrived' : 'waits')).acknowledge(0);
  const next = q.next(0);
  assert.ok('batch' in next);
  assert.deepEqual([next.batch[0]?.event.operation, next.batch[0]?.event.at], ['Create', 1]);
  assert.equal(q.add(event('Write', 'a')), 2, 'one that is being told is another');
});

test('what says the same as one from before a rename is told after it', () => {
  const q = queue({ batchSize: 10, debounceMs: 0, maxEvents: 10 });
  q.add(event('Create', 'log'));
  q.add(event('Move', 'log.1', { from: 'log' }));
  q.add(event('Create', 'log'));
  q.add(event('Write', 'log'));
  q.add(event('Create', 'd/x'));
  q.add(event('Move', 'e', { from: 'd', isDirectory: true }));
  q.add(event('Create', 'd/x'));
  assert.deepEqual(
    q.list().map(({ event: { operation, path } }) => `${operation} ${path}`),
    ['Create log', 'Move log.1', 'Create log', 'Create d/x', 'Move e', 'Create d/x'],
  );
  q.markArrived(() => 'arrived').acknowledge(0);
  const next = q.next(0);
  if ('batch' in next) q.done(next.batch);
  q.add(event('Create', 'log'));
  assert.equal(q.size, 1);
});

test('beyond the bound events are dropped and counted', () => {
  const q = queue();
  for (let index = 0; index < 8; index++) q.add(event('Write', `n${index}`));
  assert.deepEqual([q.size, q.takeDropped(), q.takeDropped()], [5, 3, 0]);
});

const context = { hook: 'purge', target: 'dr', source: '/src' };
const call = { kind: 'http', url: 'http://cdn/x', method: 'POST', headers: { a: 'b' }, timeoutMs: 1 } as const;

test('templates hold names as URL and JSON ask for', () => {
  const odd = event('Write', 'd e/"é%\n');
  const latin1 = { ...odd, path: Buffer.from(odd.path).toString('latin1') };
  const url = makeHttpRequest({ ...call, url: 'http://cdn/{path}?t={target}' }, [latin1], context).url;
  assert.equal(url, 'http://cdn/d%20e/%22%C3%A9%25%0A?t=dr');
  const { body } = makeHttpRequest(
    { ...call, bodyTemplate: '{"files":{paths},"one":"{path}","other":{}}' },
    [latin1],
    context,
  );
  assert.deepEqual(JSON.parse(body), { files: [odd.path], one: odd.path, other: {} });
  const moved = event('Move', 'b', { from: 'a' });
  assert.deepEqual(JSON.parse(makeHttpRequest({ ...call, bodyTemplate: '{paths}' }, [moved], context).body), [
    'a',
    'b',
  ]);
});

test('without a template the body says all, and a name that is no text is whole too', () => {
  const { body, headers, method } = makeHttpRequest(call, [event('Move', '\xff', { from: 'a' })], context);
  assert.deepEqual([method, headers.a], ['POST', 'b']);
  assert.deepEqual(JSON.parse(body), {
    hook: 'purge',
    target: 'dr',
    source: '/src',
    events: [{ operation: 'Move', path: '\ufffd', pathBase64: '/w==', from: 'a', time: '1970-01-01T00:00:00.000Z' }],
  });
});

test('CloudEvents 1.0: one, or a batch', () => {
  const webhook = { kind: 'webhook', url: 'http://w/', headers: {}, timeoutMs: 1 } as const;
  const events = [{ id: 1, event: event('Delete', 'a') }];
  const one = makeCloudEvents(webhook, events, context, 1);
  assert.equal(one.headers['content-type'], 'application/cloudevents+json');
  assert.deepEqual(JSON.parse(one.body), {
    specversion: '1.0',
    id: '0-1',
    source: '/src',
    type: 'io.syncreplica.file.delete',
    subject: 'a',
    time: '1970-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: { operation: 'Delete', path: 'a', time: '1970-01-01T00:00:00.000Z', target: 'dr' },
  });
  const batch = makeCloudEvents(webhook, events, context, 10);
  assert.equal(batch.headers['content-type'], 'application/cloudevents-batch+json');
  assert.ok(Array.isArray(JSON.parse(batch.body)));
});
