import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainExit, withoutBanner } from './exit-codes.ts';

test('every exit code says what to do next', () => {
  const table: readonly (readonly [code: number | null, outcome: string, reason?: string])[] = [
    [0, 'ok'],
    [1, 'configuration', 'Unsupported'],
    [2, 'configuration', 'ProtocolError'],
    [5, 'configuration', 'AuthenticationFailed'],
    [10, 'again', 'TargetUnreachable'],
    [11, 'partial', 'PartialTransfer'],
    [12, 'again', 'TargetUnreachable'],
    [20, 'stopped'],
    [23, 'partial', 'PartialTransfer'],
    [24, 'ok'],
    [25, 'partial', 'DeletesHeld'],
    [30, 'again', 'TimedOut'],
    [35, 'again', 'TimedOut'],
    [99, 'again', 'Internal'],
    [null, 'stopped'],
  ];
  for (const [code, outcome, reason] of table) {
    assert.deepEqual(explainExit(code), reason === undefined ? { outcome } : { outcome, reason }, String(code));
  }
});

test('a daemon that went away before it greeted has refused nothing', () => {
  const gone = "rsync: didn't get server startup line\nrsync error: error starting client-server protocol (code 5)\n";
  assert.deepEqual(explainExit(5, gone), { outcome: 'again', reason: 'TargetUnreachable' });
  assert.equal(explainExit(5, `@ERROR: auth failed on module x\n${gone}`).outcome, 'configuration');
});

test('what answers and is no rsync daemon is not quoted', () => {
  for (const banner of ['SSH-2.0-inner', '@ERROR: " auth failed on module']) {
    const said = withoutBanner(
      `rsync: server sent "${banner}" rather than greeting\nrsync error: (code 5) at main.c(1954)\n`,
    );
    assert.equal(said.split('\n')[0], 'rsync: what answers there is no rsync daemon');
    assert.deepEqual(explainExit(5, said), { outcome: 'configuration', reason: 'ProtocolError' });
  }
});
