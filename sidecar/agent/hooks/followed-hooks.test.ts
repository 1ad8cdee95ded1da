import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookSettings, ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { createMetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';
import { runShortOfFiles, skipShortOfFiles } from '../../../testing/programs/short-of-files.ts';
import { Hooks } from './hooks.ts';

test('what changes while one hook ends slowly is told by the other that was changed too', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'hooks-'));
  t.after(() => rmSync(stateDir, { recursive: true }));
  const link = { epoch: 1, control: { appendHookLines: () => sleep(500) } } as never;
  const hooks = new Hooks({ stateDir, linkOf: () => link, registry: createMetricsRegistry(), logger: silentLogger });
  const settingsOf = (debounceMs: number): ReplicationSettings => {
    const common = { operations: ['Write'], targets: [], debounceMs, batchSize: 1 } as const;
    const quick: HookSettings = { name: 'quick', paths: ['/a'], ...common, call: { kind: 'command', argv: ['true'] } };
    const slow: HookSettings = {
      name: 'slow',
      paths: ['/b'],
      ...common,
      call: { kind: 'file', maxBytes: 99, keep: 1 },
    };
    return { source: '/source', targets: [{ name: 'dr' }], hooks: [quick, slow] } as never;
  };
  const note = (path: string, sequence: number) => hooks.note([{ operation: 'Write', path, at: 0, sequence }], 'dr');
  await hooks.follow(settingsOf(0));
  note('b', 1);
  hooks.onAsk('dr', () => 'arrived')();
  const following = hooks.follow(settingsOf(1));
  await sleep(50);
  const other = join(stateDir, 'other');
  openSync(other, 'w');
  note('a', 2);
  await following;
  assert.equal(readFileSync(other, 'latin1'), '', 'another file of the agent is left alone');
  assert.match(readFileSync(join(stateDir, 'hooks/quick.dr.jsonl'), 'latin1'), /"path":"a"/);
  await hooks.stop();
});

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** One hook is edited, and another added, where no file can be opened; and once more after that. */
const shortScript = (stateDir: string): string => `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Hooks } from ${moduleAt('./hooks.ts')};
  import { silentLogger } from ${moduleAt('../../../src/process/log/logger.ts')};
  import { createMetricsRegistry } from ${moduleAt('../../../src/process/metrics/metrics-registry.ts')};
  const told = [];
  const append = async ({ hook, lines }) => told.push(...lines.map((line) => [hook, JSON.parse(line).path]));
  const link = { epoch: 1, control: { appendHookLines: append } };
  const options = { stateDir: ${JSON.stringify(stateDir)}, linkOf: () => link, logger: silentLogger };
  const hooks = new Hooks({ ...options, registry: createMetricsRegistry() });
  const hook = (name, path, debounceMs) => ({
    name, paths: [path], operations: ['Write'], targets: [], debounceMs, batchSize: 1,
    call: { kind: 'file', maxBytes: 99, keep: 1 },
  });
  const settings = (...all) => ({ source: '/source', targets: [{ name: 'dr' }], hooks: all });
  const note = (path, sequence) => hooks.note([{ operation: 'Write', path, at: 0, sequence }], 'dr');
  await hooks.follow(settings(hook('known', '/a', 0)));
  const edited = settings(hook('new', '/b', 0), hook('known', '/a', 1));
  const giveBack = takeAll();
  say(await hooks.follow(edited).then(() => 'followed', ({ code }) => code));
  note('a', 1);
  giveBack();
  if (IS_TAKEN_BACK) await hooks.follow(settings(hook('known', '/a', 0)));
  else await hooks.follow(edited);
  note('b', 2);
  hooks.onAsk('dr', () => 'arrived')();
  while (hooks.size > 0) await sleep(10);
  await hooks.stop();
  say(told);
`;

test('where no file can be opened for an edit of hooks those that are there go on to take in what is told', {
  skip: skipShortOfFiles,
}, (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'hooks-'));
  t.after(() => rmSync(stateDir, { recursive: true }));
  const run = (isTakenBack: boolean): unknown[] =>
    runShortOfFiles(shortScript(stateDir).replace('IS_TAKEN_BACK', `${isTakenBack}`));
  const [failed, told] = run(false);
  assert.equal(failed, 'EMFILE');
  assert.deepEqual(told, [
    ['new', 'b'],
    ['known', 'a'],
  ]);
  assert.deepEqual(run(true), ['EMFILE', [['known', 'a']]]);
});
