import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lease, startFixture } from '../testing/receiver-fixture.ts';
import { HookFiles } from './hook-files.ts';
import { parseHookLines } from './parse-hook-lines.ts';

const scene = (t: TestContext) => {
  const directory = mkdtempSync(join(tmpdir(), 'hook-files-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const files = new HookFiles(directory);
  const add = (lines: readonly string[], more: object = {}) =>
    files.append({ epoch: 1, hook: 'tell', lines, maxBytes: 20, keep: 2, ...more }, () => {});
  const all = (): Record<string, string> =>
    Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
  return { directory, files, add, all };
};

test('lines are added in order, a long file is turned over, and no more are kept than said', async (t) => {
  const { add, all } = scene(t);
  await Promise.all(Array.from({ length: 7 }, (_, n) => add([`{"first":${n}}`, `{"n":${n}}`])));
  const turned = (n: number): string => `{"first":${n}}\n{"n":${n}}\n`;
  assert.deepEqual(all(), { 'tell.jsonl.1': turned(6), 'tell.jsonl.2': turned(5) });
  await add(['{}'], { maxBytes: 100 });
  assert.equal(all()['tell.jsonl'], '{}\n');
  await add(['{"one":"kept from now on"}'], { keep: 1 });
  assert.deepEqual(Object.keys(all()), ['tell.jsonl.1']);
});

test('a line that was cut off by a kill is no line', async (t) => {
  const { directory, add, all } = scene(t);
  await add(['{"whole":1}'], { maxBytes: 1e6 });
  appendFileSync(join(directory, 'tell.jsonl'), `{"cut":"${'x'.repeat(70_000)}`);
  await add(['{"next":1}'], { maxBytes: 1e6 });
  assert.equal(all()['tell.jsonl'], '{"whole":1}\n{"next":1}\n');
});

test('names do not fill the directory, a link is not followed, an old epoch writes nothing, and what is old makes room', async (t) => {
  const { directory, files, add, all } = scene(t);
  const elsewhere = join(directory, 'elsewhere');
  symlinkSync(elsewhere, join(directory, 'link.jsonl'));
  await assert.rejects(add(['{}'], { hook: 'link' }), { code: 'ELOOP' });
  assert.throws(() => readFileSync(elsewhere), { code: 'ENOENT' });
  rmSync(join(directory, 'link.jsonl'));
  for (let n = 0; n < 32; n++) await add(['{}'], { hook: `h${n}` });
  await assert.rejects(add(['{}'], { hook: 'more' }), /32 other hooks have files/);
  const stale = files.append({ epoch: 1, hook: 'h0', lines: ['{}'], maxBytes: 9, keep: 1 }, () => assert.fail('stale'));
  await assert.rejects(stale, /stale/);
  assert.equal(all()['h0.jsonl'], '{}\n');
  writeFileSync(join(directory, 'h0.jsonl.1'), 'older');
  await files.expire();
  assert.deepEqual([all()['h0.jsonl'], all()['h0.jsonl.1']], ['{}\n', undefined]);
});

test('what is no line of JSON, no name of a hook or out of bounds is refused', () => {
  const good = { epoch: 1, hook: 'a', lines: ['{"a":1}'], maxBytes: 4_096, keep: 1 };
  assert.deepEqual(parseHookLines(good), good);
  for (const bad of [
    { hook: '../a' },
    { hook: 'A' },
    { hook: '' },
    { lines: [] },
    { lines: ['x'] },
    { lines: ['[]'] },
    { lines: ['{}\n{}'] },
    { lines: ['{ "a":\n1}'] },
    { lines: [`{"a":"${'x'.repeat(70_000)}"}`] },
    { lines: Array(1_001).fill('{}') },
    { maxBytes: 1 },
    { maxBytes: 2 ** 31 },
    { keep: 0 },
    { keep: 101 },
  ])
    assert.throws(() => parseHookLines({ ...good, ...bad }), { name: 'Refusal' }, JSON.stringify(bad).slice(0, 80));
});

test('who holds the lease has its lines written, and who lost it has not', async (t) => {
  const fixture = await startFixture();
  t.after(() => fixture.close());
  const client = fixture.client();
  const { epoch } = await client.takeLease(lease('a'));
  const request = { hook: 'tell', lines: ['{"a":1}'], maxBytes: 4_096, keep: 1 };
  await client.appendHookLines({ ...request, epoch });
  assert.equal(readFileSync(join(fixture.directory, '.syncreplica/hooks/tell.jsonl'), 'utf8'), '{"a":1}\n');
  await client.takeLease(lease('b', 0, true));
  await assert.rejects(client.appendHookLines({ ...request, epoch }), { code: 'StaleEpoch' });
});
