import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { parseStoredSyncReplica, parseSyncReplica } from './parse.ts';
import { describeProblem } from './rules/problem.ts';
import { rules } from './rules/rules.ts';
import { badInputs } from './testdata/bad-inputs.ts';

const minimal = {
  source: { persistentVolumeClaim: 'uploads' },
  targets: [{ name: 'dr', managed: { storage: '10Gi' } }],
};

for (const { title, spec, previous, field, sentence } of badInputs)
  test(`refuses ${title}`, () => {
    const parsed = parseSyncReplica({ spec }, previous === undefined ? undefined : { spec: previous });
    assert.ok(!parsed.ok, 'must be refused');
    assert.deepEqual(
      parsed.problems.filter((problem) => problem.field === field).map((problem) => problem.message),
      [sentence],
      parsed.problems.map(describeProblem).join('\n'),
    );
  });

test('accepts the previous of every refused update', () => {
  for (const { previous } of badInputs) if (previous) assert.ok(parseSyncReplica({ spec: previous }).ok);
});

test('patterns that ignore case are said to rsync as sets of both', () => {
  const filter = { exclude: ['*.jpg'], include: ['/A/'], ignoreCase: true };
  const targets = [{ name: 'dr', managed: { storage: '1Gi' }, filter: { exclude: ['b'], ignoreCase: true } }];
  const parsed = parseSyncReplica({ spec: { ...minimal, targets, filter } });
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.spec.filter, { exclude: ['*.[jJ][pP][gG]'], include: ['/[Aa]/'] });
  assert.deepEqual(parsed.spec.targets[0]?.overrides.filter, { exclude: ['[bB]'], include: [] });
});

test('what a target says for itself is resolved, and nothing else is in it', () => {
  const own = {
    paused: true,
    maxLag: '1m',
    filter: { exclude: ['*.log'], maxFileSize: '1Mi' },
    sync: { bandwidthLimit: '2Ki', lowPriorityAbove: '1Ki', fullPass: { schedule: '@daily' } },
  };
  const parsed = parseSyncReplica({
    spec: { ...minimal, targets: [{ name: 'dr', managed: { storage: '1Gi' }, ...own }] },
  });
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.spec.targets[0]?.overrides, {
    paused: true,
    maxLagMs: 60_000,
    filter: { exclude: ['*.log'], include: [], maxFileSize: 1_048_576 },
    sync: { bandwidthLimit: 2048, lowPriorityAbove: 1024, fullPass: { schedule: '@daily' } },
  });
});

test('ten lines get every default, with units resolved', () => {
  const parsed = parseSyncReplica({ spec: minimal });
  assert.deepEqual(parsed, {
    ok: true,
    spec: {
      source: { persistentVolumeClaim: 'uploads', path: '', access: 'SameUser' },
      targets: [
        {
          kind: 'managed',
          name: 'dr',
          overrides: {},
          managed: {
            storage: '10Gi',
            accessModes: ['ReadWriteOnce'],
            service: { type: 'ClusterIP', annotations: {} },
            access: 'SameUser',
          },
        },
      ],
      filter: { exclude: [], include: [] },
      events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'],
      sync: {
        minIntervalMs: 0,
        maxDelayMs: 1000,
        workers: 4,
        delete: 'Mirror',
        deleteGuard: { maxPercent: 50, minFiles: 100 },
        compression: 'None',
        preserve: {
          owners: false,
          permissions: true,
          times: true,
          hardLinks: true,
          xattrs: true,
          acls: false,
          sparse: true,
          devices: false,
        },
        fullPass: { schedule: '@hourly', jitterMs: 600_000 },
      },
      retry: { initialMs: 1000, maxMs: 300_000 },
      verify: { metadata: 'Continuous', mode: 'Checksum', repair: true, readLimit: 104_857_600 },
      maxLagMs: 10_000,
      minInSync: 1,
      restore: 'Never',
      paused: false,
      hooks: [],
      deletionPolicy: 'Retain',
      restart: 'Never',
    },
  });
});

test('an empty value of a field with a default counts as absent', () => {
  const parsed = parseSyncReplica({ spec: { ...minimal, sync: null } });
  assert.ok(parsed.ok && parsed.spec.sync.workers === 4);
});

test('a changed path is accepted', () => {
  const moved = { ...minimal, source: { ...minimal.source, path: 'images' } };
  assert.ok(parseSyncReplica({ spec: moved }, { spec: minimal }).ok);
});

test('a bandwidth limit is bytes', () => {
  const parsed = parseSyncReplica({ spec: { ...minimal, sync: { bandwidthLimit: '1.5Mi' } } });
  assert.ok(parsed.ok && parsed.spec.sync.bandwidthLimit === 1_572_864);
});

interface SchemaNode {
  'x-kubernetes-validations'?: { message: string; fieldPath?: string }[];
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  description?: string;
}

const crd = parseYaml(readFileSync(new URL('../../crds/syncreplica.yaml', import.meta.url), 'utf8'));
const rootSchema: SchemaNode = crd.spec.versions[0].schema.openAPIV3Schema;

const celRules = (node: SchemaNode, at: string): string[] => [
  ...(node['x-kubernetes-validations'] ?? []).map((cel) => `${at} ${cel.fieldPath ?? ''} ${cel.message}`),
  ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => celRules(child, at ? `${at}.${name}` : name)),
  ...(node.items ? celRules(node.items, `${at}[]`) : []),
];

test('every CEL rule of the CRD has its twin, and every rule its CEL', () => {
  const here = rules.map((rule) => `${rule.at} ${rule.fieldPath ?? ''} ${rule.message}`);
  assert.deepEqual(here.toSorted(), celRules(rootSchema, '').toSorted());
});

test('every rule is broken by a row of the table of bad inputs', () => {
  const seen = new Set(badInputs.map((row) => row.sentence));
  assert.deepEqual(
    rules.map((rule) => rule.message).filter((message) => !seen.has(message)),
    [],
  );
});

test('every field of the CRD is described', () => {
  const undescribed = (node: SchemaNode, at: string): string[] => [
    ...(node.description || at.endsWith('[]') ? [] : [at]),
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => undescribed(child, `${at}.${name}`)),
    ...(node.items ? undescribed(node.items, `${at}[]`) : []),
  ];
  // An apiserver refuses a description of metadata, which it describes itself.
  assert.deepEqual(undescribed(rootSchema, ''), ['.metadata']);
});

test('a stored one with a field of a newer version goes on; what is wrong in it is still said', () => {
  const spec = {
    source: { persistentVolumeClaim: 'uploads', snapshot: 'x' },
    targets: [{ name: 'dr', managed: { storage: '1Gi', tier: 'cold' } }],
    another: { field: 1 },
  };
  assert.ok(!parseSyncReplica({ spec }).ok);
  assert.ok(parseStoredSyncReplica({ spec }).ok);
  const wrong = parseStoredSyncReplica({ spec: { ...spec, maxLag: 'soon' } });
  assert.ok(!wrong.ok && wrong.problems.every(({ code }) => code !== 'UnknownField'));
});
