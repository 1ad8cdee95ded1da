import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

/** Only by looking after work: the next circle is ten minutes away. */
const start = async (context: TestContext, repair: boolean, names: readonly string[]): Promise<Replica> => {
  const replica = await startReplica({
    settings: { verify: { metadata: 'Continuous', mode: 'Checksum', repair } },
    prepare: (source) => {
      for (const name of names) {
        mkdirSync(join(source, name, '..'), { recursive: true });
        writeFileSync(join(source, name), `content of ${name}`);
      }
    },
  });
  context.after(() => replica.close());
  await replica.settled();
  return replica;
};

test('what work left different in a directory is found soon after it, sent again, and no alarm', {
  timeout: 600_000,
}, async (context) => {
  const replica = await start(context, true, ['work/one', 'work/two', 'work/deep/file', 'elsewhere/file']);
  // As if a run had passed over them.
  unlinkSync(join(replica.data, 'work/one'));
  chmodSync(join(replica.data, 'work/two'), 0o600);
  writeFileSync(join(replica.data, 'work/extra'), 'left behind');
  unlinkSync(join(replica.data, 'elsewhere/file'));
  writeFileSync(join(replica.source, 'work/three'), 'a change');
  await waitFor('the rest to be sent', () => (replica.status().verification?.rests ?? 0) >= 3);
  await replica.settled();
  await waitFor('it to be there', () => existsSync(join(replica.data, 'work/one')));
  await waitFor('it to be gone', () => !existsSync(join(replica.data, 'work/extra')));
  await waitFor('its mode', () => (statSync(join(replica.data, 'work/two')).mode & 0o777) === 0o644);
  assert.equal(replica.status().verification?.found, 0, 'what is mended at once alarms nobody');
  assert.equal(existsSync(join(replica.data, 'elsewhere/file')), false, 'only what was worked on is looked into');
});

test('what sending again does not help against is a difference', { timeout: 600_000 }, async (context) => {
  const replica = await start(context, false, ['file']);
  unlinkSync(join(replica.data, 'file'));
  writeFileSync(join(replica.source, 'other'), 'a change');
  await waitFor('the difference', () => replica.status().verification?.differences === 1);
  assert.deepEqual(replica.status().verification?.samples, ['file (missing)']);
  assert.equal(replica.status().notInSync?.reason, 'Diverged');
});
