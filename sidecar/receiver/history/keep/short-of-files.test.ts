import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../../testing/programs/short-of-files.ts';

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

const script = (root: string): string => `
  import { History } from ${moduleAt('../history.ts')};
  import { HistoryActions } from ${moduleAt('../history-actions.ts')};
  import { PastFiles } from ${moduleAt('../read/past-files.ts')};
  import { systemClock as clock } from ${moduleAt('../../../../src/process/clock.ts')};
  import { silentLogger as logger } from ${moduleAt('../../../../src/process/log/logger.ts')};
  const root = ${JSON.stringify(root)};
  const trash = { takeDirectory: () => {} };
  const directory = { root, data: root + '/data', history: root + '/past', state: root };
  const settings = { keepMs: 3_600_000, maxSize: { percent: 50 } };
  const history = await History.open({ directory, settings, trash, clock, logger, bootId: 'boot' });
  const actions = new HistoryActions(directory, { history, trash });
  const files = new PastFiles(root);
  const codeOf = (ask) => { try { ask(); return 'none'; } catch ({ code }) { return code; } };
  const at = clock.now();
  while (clock.now() === at) {}
  files.stat('data');
  files.close();
  const giveBack = takeAll();
  await history.keep(['d/file'], new Set(), () => {});
  const codes = [() => files.stat('data/d/file'), () => files.children({ base: 'data/d' })].map(codeOf);
  giveBack();
  say(codes);
  say(actions.log({ path: '', below: true, limit: 10 }).events.map(({ what }) => what));
  say((await actions.diff({ at, checkpoint: false, path: '', limit: 10 })).differences);
  say([history.figures.lost > 0, history.figures.shortened ?? null]);
  await history.close();
`;

test('what can’t be looked at, as no file can be opened, was not absent: history says that it was not kept', {
  skip,
}, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'short-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['data', 'data/d', 'past']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'data/d/file'), 'x');
  const [codes, events, differences, figures] = runShortOfFiles(script(root));
  assert.deepEqual(new Set(events as string[]), new Set(['not kept']));
  assert.deepEqual(differences, []);
  assert.deepEqual(figures, [true, null]);
  assert.deepEqual(codes, ['EMFILE', 'EMFILE']);
});
