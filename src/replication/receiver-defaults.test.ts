import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultReceiver, receiverArguments, receiverPlacement } from './receiver-defaults.ts';

test('what a target says goes before what holds for all, and nothing is said where neither does', () => {
  const defaults = { ...defaultReceiver, nodeSelector: { pool: 'storage' }, priorityClassName: 'high' };
  assert.deepEqual(receiverPlacement({ tolerations: [], nodeSelector: { pool: 'own' } }, defaults), {
    nodeSelector: { pool: 'own' },
    tolerations: [],
    priorityClassName: 'high',
  });
  assert.deepEqual(receiverPlacement({}, defaultReceiver), {});
});

test('limits become arguments of the program', () => {
  assert.deepEqual(receiverArguments(defaultReceiver), ['--log-level=info', '--timeout=10m']);
  const limited = {
    ...defaultReceiver,
    hostsAllow: ['10.0.0.0/8', '::1'],
    hostsDeny: ['10.1.0.0/16'],
    maxConnections: 5,
  };
  assert.deepEqual(receiverArguments(limited).slice(2), [
    '--hosts-allow=10.0.0.0/8,::1',
    '--hosts-deny=10.1.0.0/16',
    '--max-connections=5',
  ]);
  const own = {
    hostsAllow: ['10.2.0.0/16'],
    hostsDeny: [],
    timeout: '1m',
    readOnly: true,
    list: true,
    comment: 'pictures',
    transferLog: true,
  };
  assert.deepEqual(receiverArguments(limited, own), [
    '--log-level=info',
    '--timeout=1m',
    '--hosts-allow=10.2.0.0/16',
    '--max-connections=5',
    '--read-only',
    '--list',
    '--comment=pictures',
    '--transfer-log',
  ]);
});
