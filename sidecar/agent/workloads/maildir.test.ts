import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

/** Nothing that waits for it comes within a test. */
const never = 600_000;

const makeMaildir = (source: string): void => {
  for (const name of ['tmp', 'new', 'cur']) mkdirSync(join(source, name));
};

/** As qmail and courier do: the mail is whole when it gets its name, and its other name goes. */
function deliver(source: string, mail: string): void {
  const made = join(source, 'tmp', mail);
  writeFileSync(made, `Subject: ${mail}\n\n${'text '.repeat(100)}`);
  linkSync(made, join(source, 'new', mail));
  unlinkSync(made);
}

test('a delivered mail waits for no other event', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ prepare: makeMaildir, sync: { maxDelayMs: never } });
  t.after(() => replica.close());
  await replica.settled();
  for (let n = 0; n < 20; n++) {
    deliver(replica.source, `mail-${n}`);
    await waitFor('the mail', () => existsSync(join(replica.data, 'new', `mail-${n}`)));
  }
  await replica.assertEqual();
});

test('many deliveries, read and moved meanwhile, end equal', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({ prepare: makeMaildir, sync: { maxDelayMs: never } });
  t.after(() => replica.close());
  await replica.settled();
  for (let n = 0; n < 1_000; n++) {
    deliver(replica.source, `mail-${n}`);
    if (n % 3 === 0) renameSync(join(replica.source, 'new', `mail-${n}`), join(replica.source, 'cur', `mail-${n}:2,S`));
    if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await replica.assertEqual();
  assert.equal(readdirSync(join(replica.data, 'new')).length, 666);
  assert.equal(readdirSync(join(replica.data, 'cur')).length, 334);
});
