import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Storm } from '../../../testing/storm/storm.ts';
import { startReplica, testSettings, waitFor } from '../testing/agent-fixture.ts';

function writeKeepingTime(path: string, text: string): void {
  writeFileSync(path, text);
  utimesSync(path, 1_600_000_000, 1_600_000_000);
}

test('events that the kernel dropped are made good', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'moves/deep'), { recursive: true });
      writeFileSync(join(source, 'moves/deep/file'), 'x');
      writeKeepingTime(join(source, 'keeps-its-time'), 'before');
    },
  });
  t.after(() => replica.close());
  const { source } = replica;
  const at = (path: string): string => join(source, path);
  const storm = new Storm(source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 200 });
  writeKeepingTime(at('sent-before'), 'before');
  await replica.assertEqual();
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  // The agent is of this process: nothing is read while this runs, so the queue overflows.
  for (let n = 0; n < limit / 2 + 100; n++) {
    writeFileSync(at(`file-${n}`), '');
    unlinkSync(at(`file-${n}`));
  }
  // What was sent by its events is known as sent; this is another version of it.
  for (const name of ['keeps-its-time', 'sent-before']) writeKeepingTime(at(name), 'after.');
  renameSync(at('moves'), at('moved'));
  rmSync(at('moved/deep/file'));
  mkdirSync(at('unheard/of'), { recursive: true });
  writeFileSync(at('unheard/of/file'), 'x');
  for (let step = 0; step < 300; step++) storm.step();
  await waitFor('the overflow', () => replica.agent.status().watch.overflows > 0);
  await replica.assertEqual();
  assert.ok(replica.agent.status().degraded.some(({ reason }) => reason === 'QueueOverflow'));
  writeFileSync(at('unheard/of/later'), 'x');
  await storm.run({ steps: 100, pauseMs: 2 });
  await replica.assertEqual();
});

test('what went while events were lost is mirrored, and kept', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    sync: { deleteGuard: { ...testSettings.sync.deleteGuard, maxPercent: 50, minFiles: 10 } },
    prepare: (source) => {
      mkdirSync(join(source, 'build/deep'), { recursive: true });
      for (let n = 0; n < 60; n++) writeFileSync(join(source, 'build/deep', `${n}`), `${n}`);
      writeFileSync(join(source, 'stays'), 'x');
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  // The agent is of this process: nothing is read while this runs, so the queue overflows before the tree goes.
  for (let n = 0; n < limit / 2 + 100; n++) {
    writeFileSync(join(replica.source, `file-${n}`), '');
    unlinkSync(join(replica.source, `file-${n}`));
  }
  rmSync(join(replica.source, 'build'), { recursive: true });
  await waitFor('the overflow', () => replica.agent.status().watch.overflows > 0);
  await replica.assertEqual();
  assert.equal(replica.status().heldDeletes, null);
  await waitFor('what is kept to be told', () => (replica.status().keptDeletes?.length ?? 0) > 0);
});
