import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentOf, conditionOf, look, messageOf, now, replicaOf, reportOf, wellWorld } from './observed.fixture.ts';

test('hooks are told to agents with the headers of their Secret; one whose Secret is missing is left out and said', () => {
  const url = 'http://cdn.shop.svc/purge';
  const hooks = [
    { name: 'purge', paths: ['*.jpg'], batchSize: 10, http: { url, method: 'PURGE', headersSecretName: 'cdn' } },
    { name: 'events', webhook: { url, headersSecretName: 'missing' } },
  ];
  const plan = look(
    wellWorld({
      replica: replicaOf({ hooks }),
      externalSecrets: new Map([
        ['cdn', { Authorization: 'Bearer x' }],
        ['missing', undefined],
      ]),
    }),
  );
  assert.deepEqual(
    [...plan.settings.values()].map((settings) => settings.hooks),
    [
      [
        {
          name: 'purge',
          paths: ['*.jpg'],
          operations: ['Write', 'Create', 'Delete', 'Move'],
          targets: [],
          debounceMs: 1_000,
          batchSize: 10,
          call: { kind: 'http', url, method: 'PURGE', headers: { Authorization: 'Bearer x' }, timeoutMs: 10_000 },
        },
      ],
    ],
  );
  assert.equal(conditionOf(plan, 'Ready'), 'False SecretNotFound');
  assert.match(messageOf(plan, 'Ready'), /the hook events waits for the Secret missing/);
});

test('a hook that is not taken makes the SyncReplica degraded, and nothing else', () => {
  const degraded = [{ reason: 'HookFailing' as const, message: 'the hook purge is not taken for dr: it answered 503' }];
  const plan = look(
    wellWorld({
      agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr')], { degraded }) }]]),
    }),
  );
  assert.equal(conditionOf(plan, 'Degraded'), 'True HookFailing');
  assert.equal(conditionOf(plan, 'InSync'), 'True EnoughInSync');
});
