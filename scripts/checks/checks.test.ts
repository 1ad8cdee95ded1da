import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDocuments } from './check-documents.ts';
import { checkFiles, checkLockFile } from './check-files.ts';
import { checkImports } from './check-imports.ts';
import { checkReplays } from './check-replays.ts';
import { scanImports } from './scan-imports.ts';
import type { Violation } from './violation.ts';

const messages = (violations: readonly Violation[]): string[] =>
  violations.map(({ file, line, message }) => `${file}${line ? `:${line}` : ''} ${message}`);

/** Each rule is seen to fail: files as path → text, and what is said of them. */
const importFixtures: readonly [title: string, files: Record<string, string>, expected: string[]][] = [
  [
    'allowed directions',
    {
      'src/replication/decide/decide.ts':
        "import { names } from '../api/names.ts';\nimport { get } from '../cluster/client.ts';",
      'src/cluster/client.ts': "import { KubeConfig } from '@kubernetes/client-node';",
      'src/api/names.ts': "import { join } from 'node:path';",
      'src/cli/agent-command.ts': "await import('../../sidecar/agent/main.ts');",
      'src/main.ts': "import './replication/decide.ts';",
    },
    [],
  ],
  [
    'the api room imports nothing',
    { 'src/api/names.ts': "import { queue } from '../runtime/queue.ts';" },
    ['src/api/names.ts:1 imports src/runtime/queue.ts; src/api must not import src/runtime'],
  ],
  [
    'the data plane knows no operator',
    { 'sidecar/agent/loop.ts': "\nimport type { Client } from '../../src/cluster/client.ts';" },
    ['sidecar/agent/loop.ts:2 imports src/cluster/client.ts; sidecar/agent must not import src/cluster'],
  ],
  [
    'the two halves meet in the protocol only',
    { 'sidecar/agent/loop.ts': "import { lease } from '../receiver/lease.ts';" },
    ['sidecar/agent/loop.ts:1 imports sidecar/receiver/lease.ts; sidecar/agent must not import sidecar/receiver'],
  ],
  [
    'a ground floor knows nothing of the rooms above it, and they know it',
    {
      'src/replication/observed.ts': "import type { Plan } from './decide/plan.ts';",
      'src/replication/decide/decide.ts': "import type { Observed } from '../observed.ts';",
    },
    [
      'src/replication/observed.ts:1 imports src/replication/decide/plan.ts; src/replication must not import src/replication/decide',
    ],
  ],
  [
    'nobody but the command line imports a main',
    { 'src/replication/start.ts': "import { run } from '../main.ts';" },
    ['src/replication/start.ts:1 imports src/main.ts; nothing imports a main'],
  ],
  [
    'nobody imports the command line',
    { 'src/operator.ts': "import { flags } from './cli/sync-flags.ts';" },
    ['src/operator.ts:1 imports src/cli/sync-flags.ts; src must not import src/cli'],
  ],
  [
    'a folder that is no room',
    { 'src/stuff/thing.ts': "import { join } from '../api/names.ts';" },
    ['src/stuff/thing.ts:1 is in no room; add its folder to import-rules.ts'],
  ],
  [
    'a cycle',
    {
      'src/api/a.ts': "import { b } from './b.ts';",
      'src/api/b.ts': "export { c } from './c.ts';",
      'src/api/c.ts': "import { a } from './a.ts';",
    },
    ['src/api/a.ts is part of a cycle: src/api/a.ts → src/api/b.ts → src/api/c.ts → src/api/a.ts'],
  ],
  [
    'a cycle of types is one too in the operator, and none in the data plane',
    {
      'src/api/a.ts': "import type { B } from './b.ts';",
      'src/api/b.ts': "import { a } from './a.ts';",
      'sidecar/filter/a.ts': "import type { B } from './b.ts';",
      'sidecar/filter/b.ts': "import { a } from './a.ts';",
    },
    ['src/api/a.ts is part of a cycle: src/api/a.ts → src/api/b.ts → src/api/a.ts'],
  ],
  [
    'a second importer of a package',
    { 'sidecar/agent/loop.ts': "import { pino } from 'pino';" },
    ['sidecar/agent/loop.ts:1 imports pino; only src/process/log/logger.ts does, import that instead'],
  ],
  [
    'a package without an importer',
    { 'src/api/names.ts': "import { merge } from 'lodash/merge.js';" },
    ['src/api/names.ts:1 imports lodash; name its one importer in import-rules.ts'],
  ],
  [
    'tests may import what they need',
    { 'src/api/names.test.ts': "import { run } from '../main.ts';\nimport 'lodash';" },
    [],
  ],
];

for (const [title, files, expected] of importFixtures)
  test(`imports: ${title}`, () => {
    assert.deepEqual(messages(checkImports(new Map(Object.entries(files)))), expected);
  });

test('imports are found in every form', () => {
  const text = [
    'import a, {',
    '  type B,',
    "} from './a.ts';",
    "import type { C } from 'c';",
    "export * from './d.ts';",
    "import 'e';",
    "const f = await import('./f.ts');",
    'const text = "import x from \'no\'";',
  ].join('\n');
  assert.deepEqual(
    scanImports(text).map(({ specifier, line, typeOnly }) => [specifier, line, typeOnly]),
    [
      ['./a.ts', 1, false],
      ['c', 4, true],
      ['./d.ts', 5, false],
      ['e', 6, false],
      ['./f.ts', 7, false],
    ],
  );
});

const fileFixtures: readonly [title: string, path: string, text: string, expected: string[]][] = [
  ['a file as it should be', 'src/api/names.ts', 'export const a = 1;\n', []],
  ['300 lines', 'src/api/names.ts', '\n'.repeat(300), []],
  [
    '301 lines',
    'src/api/names.ts',
    '\n'.repeat(301),
    ['src/api/names.ts has 301 lines, more than 300; a file answers one question'],
  ],
  [
    'a vague name',
    'src/api/utils.ts',
    '',
    ['src/api/utils.ts is named for nothing; name it for the question it answers'],
  ],
  ['camel case', 'src/api/parseSpec.ts', '', ['src/api/parseSpec.ts is not in kebab-case']],
  ['a default export', 'src/a.ts', '\nexport default 1;', ['src/a.ts:2 has a default export; export by name']],
  [
    'a collection spread into a call',
    'sidecar/a.ts',
    'const f = (...rest: string[]) => run(...args);\nlist.push([...all], { ...one });\nlist.push(first, ...all);',
    ['sidecar/a.ts:3 spreads a collection into a call, which ends the program when it is long; loop over it'],
  ],
  ['an enum', 'src/a.ts', 'export enum A {}', ['src/a.ts:1 has an enum; use a union of words']],
  [
    'a note to self',
    'docs/a.md',
    `one\n${'TO'}${'DO'} two`,
    ['docs/a.md:2 holds a note to self; do it, or open an issue'],
  ],
  [
    'a path of one machine',
    'README.md',
    `cd ${'/wo'}rk/main`,
    ["README.md:1 names a path of one person's machine; use a relative one"],
  ],
  ['a test left out', 'src/a.test.ts', `test.${'skip'}('x')`, ['src/a.test.ts:1 leaves tests out; run them all']],
];

for (const [title, path, text, expected] of fileFixtures)
  test(`files: ${title}`, () => {
    assert.deepEqual(messages(checkFiles(new Map([[path, text]]))), expected);
  });

test('a lock file resolves from the public registry only', () => {
  const entry = (host: string): string => `{\n"resolved": "https://${host}/a/-/a-1.0.0.tgz"\n}`;
  assert.deepEqual(checkLockFile(entry('registry.npmjs.org')), []);
  assert.deepEqual(messages(checkLockFile(entry('mirror.example'))), [
    'package-lock.json:2 resolves from mirror.example; use registry.npmjs.org or leave "resolved" out',
  ]);
});

const known = {
  scripts: new Set(['demo', 'check']),
  commands: new Map([['agent', new Set(['--source', '--target'])]]),
};

const documentFixtures: readonly [title: string, text: string, expected: string[]][] = [
  [
    'what exists',
    '`npm ci && npm run demo`, `npx syncreplica agent --source a --target b` [a](docs/a.md#x) [b](https://x)',
    [],
  ],
  ['a script that is none', 'Run `npm run demoo`', ["README.md:1 npm run demoo doesn't exist in package.json"]],
  [
    'a command that is none',
    '```\n\nsyncreplica agnt --source a\n```',
    ['README.md:3 there is no command syncreplica agnt'],
  ],
  [
    'a flag that is none, over two lines',
    '```\nsyncreplica agent --source a \\\n  --traget b\n```',
    ['README.md:2 syncreplica agent has no --traget'],
  ],
  ['prose is no command', 'the syncreplica operator --x', []],
  ['a link to nothing', '[a](docs/b.md)', ["README.md:1 links to docs/b.md, which doesn't exist"]],
  ['a heading that is there', '## Who may `use` it?\n\n## Twice\n## Twice\n[a](#who-may-use-it) [b](#twice-1)', []],
  [
    'a heading that is none, or in a block of code',
    '```sh\n# code\n```\n[a](#code) [b](docs/a.md#y)',
    [
      "README.md:4 links to #code, a heading that doesn't exist",
      "README.md:4 links to docs/a.md#y, a heading that doesn't exist",
    ],
  ],
];

for (const [title, text, expected] of documentFixtures)
  test(`documents: ${title}`, () => {
    const documents = new Map([
      ['README.md', text],
      ['docs/a.md', '# X'],
    ]);
    assert.deepEqual(messages(checkDocuments(documents, known, (path) => documents.has(path))), expected);
  });

const replayFixtures: readonly [title: string, text: string, expected: string[]][] = [
  ['tests that are there', '`node --test a/a.test.ts a/*.test.ts`, node --test for short', []],
  ['a name that is there', "`node --test --test-name-pattern='in sync' a/a.test.ts`", []],
  ['one of two names, in a table', "| `node --test --test-name-pattern='nowhere\\|goes away' a/a.test.ts` |", []],
  ['a name that is imported', '`node --test --test-name-pattern=told a/a.test.ts`', []],
  ['a test that is gone', '\n`node --test a/b.test.ts`', ["README.md:2 runs a/b.test.ts, which doesn't exist"]],
  [
    'a name that is gone',
    '`STORM_SEED=1 node --test --test-name-pattern "big source" a/a.test.ts`',
    ['README.md:1 runs no test: none of these has "big source" in its name'],
  ],
];

for (const [title, text, expected] of replayFixtures)
  test(`replays: ${title}`, () => {
    const sources = new Map([
      ['a/a.test.ts', "import { stories } from './stories.ts';\ntest('is in sync');\ntest('what goes away');"],
      ['a/stories.ts', "export const stories = ['told'];"],
    ]);
    assert.deepEqual(messages(checkReplays(new Map([['README.md', text]]), sources)), expected);
  });
