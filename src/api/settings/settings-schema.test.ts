import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSyncReplica } from '../parse.ts';
import type { HookSettings, ReplicationSettings, TargetSettings } from './replication-settings.ts';
import { type CheckedSetting, parseReplicationSettings } from './settings-schema.ts';
import { toReplicationSettings } from './to-replication-settings.ts';

const certificate = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n';
const targets: TargetSettings[] = [
  {
    kind: 'receiver',
    name: 'dr',
    host: '127.0.0.1',
    port: 8730,
    volume: 'uploads',
    username: 'u',
    password: 'p',
    tls: { ca: certificate, cert: certificate, key },
  },
  {
    kind: 'rsyncd',
    name: 'old',
    host: 'nas',
    port: 873,
    module: 'backup',
    paused: true,
    filter: { exclude: ['*.log'], include: [] },
    maxLagMs: 60_000,
    sync: {
      delete: 'Keep',
      bandwidthLimit: 2_048,
      workers: 1,
      compression: 'zstd',
      fullPass: { schedule: '@daily' },
    },
  },
];
const parsed = parseSyncReplica({
  spec: {
    source: { persistentVolumeClaim: 'uploads' },
    targets: [{ name: 'dr', managed: { storage: '1Gi' } }],
    sync: { bandwidthLimit: '1Mi', fullPass: { filter: { exclude: ['/archive/'] } } },
  },
});
assert.ok(parsed.ok);
const settings = {
  ...toReplicationSettings(parsed.spec, { generation: 1, mount: '/data', targets }),
  controllerEpoch: 4,
  requests: { sync: 'now', releaseDeletes: 'abc' },
  hooks: [
    {
      name: 'purge',
      paths: ['*.jpg'],
      operations: ['Write', 'Delete'],
      targets: ['dr'],
      debounceMs: 0,
      batchSize: 10,
      call: {
        kind: 'http',
        url: 'http://cdn/',
        method: 'PURGE',
        bodyTemplate: '{paths}',
        headers: { a: 'b' },
        timeoutMs: 1,
      },
    },
    {
      name: 'run',
      paths: [],
      operations: ['Move'],
      targets: [],
      debounceMs: 0,
      batchSize: 1,
      call: { kind: 'command', argv: ['/bin/true'] },
    },
  ] satisfies HookSettings[],
};

test('what the operator writes is what the agent reads', () => {
  assert.deepEqual(parseReplicationSettings(JSON.stringify(settings)), { ok: true, settings });
});

test('every setting has a check', () => {
  const unchecked: Exclude<keyof ReplicationSettings, CheckedSetting>[] = [];
  const none: never[] = unchecked; // The compiler names a setting that the schema forgot.
  assert.deepEqual(none, []);
});

/** The settings as JSON with one value replaced; undefined removes it. */
const change = (path: readonly (string | number)[], value: unknown): string => {
  const draft: unknown = structuredClone(settings);
  let part = draft as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) part = part[step] as typeof part;
  part[path.at(-1) ?? ''] = value;
  return JSON.stringify(draft);
};

const bad: readonly [title: string, text: string, field: string, sentence: string | RegExp][] = [
  ['no JSON', '{', '', /^this is no JSON: /],
  ['an unknown field', change(['extra'], 1), '', 'unknown field "extra"'],
  ['a relative source', change(['source'], 'data'), 'source', 'source must be an absolute path'],
  ['a missing field', change(['paused'], undefined), 'paused', 'must be of type boolean'],
  ['a wrong type', change(['maxLagMs'], '10s'), 'maxLagMs', 'must be of type number'],
  ['a wrong word', change(['restore'], 'Always'), 'restore', 'must be one of Never, IfEmpty'],
  [
    'workers out of range',
    change(['sync', 'workers'], 0),
    'sync.workers',
    'workers is out of range; give a number from 1 to 32',
  ],
  [
    'a port out of range',
    change(['targets', 1, 'port'], 0),
    'targets[1].port',
    'a port is out of range; give a number from 1 to 65535',
  ],
  [
    'a certificate that is none',
    change(['targets', 0, 'tls', 'ca'], 'x'),
    'targets[0].tls.ca',
    'this is no PEM text; give one with -----BEGIN CERTIFICATE-----',
  ],
  [
    'a target of another kind',
    change(['targets', 1, 'kind'], 's3'),
    'targets[1].kind',
    'kind must be one of receiver, rsyncd, ssh',
  ],
  [
    'two targets of one name',
    change(['targets', 1, 'name'], 'dr'),
    'targets',
    'two targets have one name; give each its own',
  ],
];

for (const [title, text, field, sentence] of bad)
  test(`refuses ${title}`, () => {
    const answer = parseReplicationSettings(text);
    assert.ok(!answer.ok);
    assert.deepEqual(
      answer.problems.map((problem) => problem.field),
      [field],
    );
    const message = answer.problems[0]?.message ?? '';
    if (typeof sentence === 'string') assert.equal(message, sentence);
    else assert.match(message, sentence);
  });

const ofOperator = { ...settings, minAgentVersion: '0.1.0' };

test('what an operator of another version says is read as far as it is known, at every depth', () => {
  const newer = structuredClone(ofOperator) as Record<string, unknown> & typeof ofOperator;
  Object.assign(newer, { another: 1 });
  Object.assign(newer.sync, { another: 1 });
  Object.assign(newer.sync.fullPass, { another: { exclude: [] } });
  Object.assign(newer.targets[0] as object, { another: false });
  assert.deepEqual(parseReplicationSettings(JSON.stringify(newer)), { ok: true, settings: ofOperator });
});

test('what an operator of an earlier version does not say is as it was by default', () => {
  const { generation, source, minAgentVersion } = ofOperator;
  const text = JSON.stringify({ generation, source, minAgentVersion, targets, sync: { workers: 7 } });
  const answer = parseReplicationSettings(text);
  assert.ok(answer.ok, JSON.stringify(answer));
  const plain = parseSyncReplica({
    spec: { source: { persistentVolumeClaim: 'u' }, targets: [{ name: 'dr', managed: { storage: '1Gi' } }] },
  });
  assert.ok(plain.ok);
  const expected = toReplicationSettings(plain.spec, { generation, mount: '/data', targets });
  assert.deepEqual(answer.settings, { ...expected, minAgentVersion, sync: { ...expected.sync, workers: 7 } });
});

test('what is wrong is refused whoever wrote it', () => {
  assert.ok(!parseReplicationSettings(JSON.stringify({ ...ofOperator, source: 'data' })).ok);
  const { targets: _, ...without } = ofOperator;
  assert.ok(!parseReplicationSettings(JSON.stringify(without)).ok);
});
