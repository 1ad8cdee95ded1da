import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '../../../src/process/log/logger.ts';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { HookEvent } from '../hooks/hook-event.ts';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { Journal } from './journal.ts';
import { JournalLines } from './journal-lines.ts';
import { toJournalLine } from './to-journal-line.ts';

/** What a logger of this level writes, as objects. */
const recordLog = (level: 'info' | 'warn' = 'info') => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ level, out: { write: (text) => void lines.push(JSON.parse(text)) } });
  return { logger, lines, entries: () => lines.flatMap(({ entry }) => (entry as { path: string }) ?? []) };
};

const event = (path: string): HookEvent => ({ operation: 'Write', path, at: 1, sequence: 1 });

const start = (more: object = {}, level: 'info' | 'warn' = 'info') => {
  const clock = createManualClock(1_000);
  const journal = new Journal(() => clock.now());
  const log = recordLog(level);
  let ended = 0;
  const wish = { untilMs: 61_000, ...more };
  const lines = new JournalLines(journal, wish, clock, log.logger, () => {
    ended += 1;
    lines.stop();
  });
  const sent = (paths: readonly string[]): void => {
    journal.note(paths.map(event), ['dr']);
    journal.look('dr', () => 'arrived');
  };
  return { clock, lines, log, sent, ended: () => ended };
};

test('what was sent is written each second, whatever level the log has', () => {
  const { clock, log, sent } = start({}, 'warn');
  sent(['a', '\xff']);
  assert.deepEqual(log.entries(), []);
  clock.advance(1_000);
  assert.deepEqual(log.entries(), [
    { time: new Date(1).toISOString(), operation: 'Write', path: 'a', target: 'dr', tookMs: 999 },
    {
      time: new Date(1).toISOString(),
      operation: 'Write',
      path: '\ufffd',
      pathBase64: Buffer.from([0xff]).toString('base64'),
      target: 'dr',
      tookMs: 999,
    },
  ]);
});

test('of many a second some are written, and how many were left out', () => {
  const { clock, log, sent } = start();
  sent(Array.from({ length: 5_000 }, (_, n) => `${n}`));
  clock.advance(1_000);
  assert.equal(log.entries().length, 50);
  assert.equal(log.lines.at(-1)?.leftOut, 4_950);
  sent(['later']);
  clock.advance(1_000);
  assert.equal(log.entries().at(-1)?.path, 'later');
});

test('of a path only what it names is written, also what was moved out of it', () => {
  const { clock, log, sent, lines } = start({ path: '*.txt' });
  sent(['d/a.txt', 'b.png']);
  clock.advance(1_000);
  assert.deepEqual(
    log.entries().map(({ path }) => path),
    ['d/a.txt'],
  );
  lines.follow({ untilMs: 61_000, path: '/d/**' });
  sent(['d/x/y', 'e/x']);
  clock.advance(1_000);
  assert.equal(log.entries().at(-1)?.path, 'd/x/y');
});

test('it ends by itself at its time, and a later end counts', () => {
  const { clock, log, sent, lines, ended } = start();
  lines.follow({ untilMs: 91_000 });
  clock.advance(75_000);
  assert.equal(ended(), 0);
  sent(['last']);
  clock.advance(15_000);
  clock.advance(1_000);
  assert.equal(ended(), 1);
  assert.equal(log.entries().at(-1)?.path, 'last');
  assert.equal(log.lines.at(-1)?.message, 'journal is off');
  sent(['after']);
  clock.advance(60_000);
  assert.equal(log.entries().at(-1)?.path, 'last');
});

test('an entry of a move has both names', () => {
  const line = toJournalLine({
    number: 1,
    operation: 'Move',
    path: 'b',
    from: '\xe9',
    target: 'dr',
    at: 5,
    arrivedAt: 7,
  });
  assert.deepEqual(
    [line.path, line.from, line.fromBase64, line.tookMs],
    ['b', '\ufffd', Buffer.from([0xe9]).toString('base64'), 2],
  );
});

test('a running agent begins and ends to write it by its settings alone, and replicates on', async (t) => {
  const log = recordLog();
  const replica = await startReplica({ logger: log.logger });
  t.after(() => replica.close());
  await replica.settled();
  const { agent, settings, source } = replica;
  writeFileSync(join(source, 'before'), 'x');
  await replica.assertEqual();
  const journalLines = { untilMs: Date.now() + 600_000 };
  await agent.update({ ...settings, generation: 2, journalLines });
  mkdirSync(join(source, 'd'));
  writeFileSync(join(source, 'd/a'), 'x');
  await replica.assertEqual();
  await waitFor('a line', () => log.entries().some(({ path }) => path === 'd/a'));
  await agent.update({ ...settings, generation: 3 });
  assert.equal(log.lines.at(-1)?.message, 'journal is off');
  writeFileSync(join(source, 'after'), 'x');
  await replica.assertEqual();
  assert.deepEqual(
    log.entries().filter(({ path }) => path === 'before' || path === 'after'),
    [],
  );
  assert.equal(agent.journal(0), undefined);
});
