import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../../../src/process/log/logger.ts';
import { createMetricsRegistry } from '../../../../src/process/metrics/metrics-registry.ts';
import { createAgentMetrics } from '../../told/metrics.ts';
import { isReminderDue } from './reminder.ts';
import { ReplicaMetrics } from './replica-metrics.ts';
import { ReplicaRecord } from './replica-record.ts';

test('a day of failing is said ever more rarely', () => {
  const minuteMs = 60_000;
  const said: number[] = [];
  let state = { sinceMs: 0, saidMs: 0 };
  for (let nowMs = 0; nowMs <= 24 * 60 * minuteMs; nowMs += minuteMs / 2) {
    if (!isReminderDue(state, nowMs)) continue;
    said.push(nowMs / minuteMs);
    state = { sinceMs: 0, saidMs: nowMs };
  }
  assert.deepEqual(said, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 872, 1232]);
});

test('a target that fails is told once, reminded of while it fails, and told when it is back', () => {
  const lines: [string, string, unknown][] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push([level, message, (fields as { tries?: number }).tries]);
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  const registry = createMetricsRegistry();
  const watch = () => ({ watchedDirectories: 0, watchLimit: undefined, overflows: 0, notWatched: [] });
  const metrics = createAgentMetrics(registry, {
    passDueBeforeLast: () => 0,
    targets: () => ['dr'],
    replicas: () => [],
    watch,
  });
  let nowMs = 0;
  const record = new ReplicaRecord('dr', new ReplicaMetrics(metrics, 'dr'), logger, () => nowMs);
  const fail = (reason: 'TargetUnreachable' | 'TargetFull'): void =>
    record.onOffline({ kind: 'again', reason, message: 'no' });
  for (; nowMs < 300_000; nowMs += 10_000) fail('TargetUnreachable');
  fail('TargetFull');
  record.onSuccess();
  assert.deepEqual(lines, [
    ['warn', 'replica is offline', undefined],
    ['warn', 'replica is still offline', 7],
    ['warn', 'replica is still offline', 13],
    ['warn', 'replica is still offline', 25],
    ['warn', 'replica is offline', undefined],
    ['info', 'replica is online', undefined],
  ]);
});
