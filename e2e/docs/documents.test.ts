import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSyncReplica } from '../../src/api/parse.ts';
import { blocks, blocksOf, commandsOf, examples } from './read-documents.ts';

const project = join(import.meta.dirname, '../..');

for (const { where, objects } of [...examples(), ...blocks()]) {
  test(`${where} holds valid objects`, () => {
    assert.ok(objects.length > 0);
    for (const object of objects) {
      assert.ok(object.apiVersion && object.kind && object.metadata.name);
      if (object.kind !== 'SyncReplica') continue;
      const parsed = parseSyncReplica(object);
      assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
    }
  });
}

test('the quick start shows the file that it applies', () => {
  const [shown] = blocksOf('docs/quick-start.md', 'yaml');
  assert.equal(shown, examples().find(({ where }) => where.endsWith('/replica.yaml'))?.text);
});

test('every file that a command of the documents names is there', () => {
  const pages = [
    'quick-start',
    'how-to-choose-a-target',
    'how-to-fail-over',
    'how-to-fail-back',
    'how-to-fail-over-by-hand',
    'how-to-replicate-to-another-cluster',
    'how-to-restrict',
  ];
  const files = pages
    .flatMap((page) => commandsOf(`docs/${page}.md`))
    .flatMap((command) => [...command.matchAll(/(docs\/\S+\.yaml|\.\/charts\/\S+)/g)].map(([path]) => path));
  assert.ok(files.length >= 5);
  for (const file of files) assert.ok(existsSync(join(project, file)), file);
});
