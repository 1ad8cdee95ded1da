import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RequestSettings } from '../../../src/api/settings/replication-settings.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

const files = 300;

/** A source most of which was deleted a moment ago; its replica followed. */
async function startAfterMass(context: TestContext): Promise<Replica> {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'gone/deep'), { recursive: true });
      for (let index = 0; index < files; index += 1) writeFileSync(join(source, 'gone/deep', `${index}`), `${index}`);
      writeFileSync(join(source, 'stays'), 'x');
    },
  });
  context.after(() => replica.close());
  await replica.assertEqual();
  for (let index = 0; index < files; index += 1) rmSync(join(replica.source, 'gone/deep', `${index}`));
  rmSync(join(replica.source, 'gone'), { recursive: true });
  await replica.assertEqual();
  await waitFor('it to be told', () => replica.status().keptDeletes !== undefined);
  return replica;
}

let generation = 1;
const ask = ({ agent, settings }: Replica, requests: RequestSettings): Promise<void> => {
  generation += 1;
  return agent.update({ ...settings, generation, requests });
};

const count = (replica: Replica): number => {
  const directory = join(replica.data, 'gone/deep');
  return existsSync(directory) ? readdirSync(directory).length : 0;
};

/** Asks for what is kept, and waits until it is there and no comparison takes it away. */
async function undelete(replica: Replica): Promise<void> {
  const undelete = replica.status().keptDeletes?.at(-1)?.id ?? '';
  await ask(replica, { undelete });
  await waitFor('all to be back', () => count(replica) === files);
  await waitFor('the hold', () => replica.status().heldDeletes?.reason === 'Undeleted');
  await ask(replica, { undelete, sync: 'now' });
  await replica.settled();
  assert.equal(count(replica), files, 'a comparison takes nothing of it');
  assert.equal(replica.status().notInSync?.reason, 'DeletesHeld');
}

test('what a mass of deletions took away is told, put back on request, and stays until the source has it again', {
  timeout: 600_000,
}, async (context) => {
  const replica = await startAfterMass(context);
  const [kept] = replica.status().keptDeletes ?? [];
  assert.ok((kept?.until ?? 0) > Date.now() + 3_000_000);
  assert.ok(kept?.samples[0]?.startsWith('gone'));
  await undelete(replica);
  cpSync(join(replica.data, 'gone'), join(replica.source, 'gone'), { recursive: true, preserveTimestamps: true });
  await waitFor('nothing to be left of the hold', async () => {
    await ask(replica, { sync: `${generation}` });
    await replica.settled();
    return replica.status().heldDeletes === null;
  });
  await replica.assertEqual();
});

test('what was put back goes again when a person lets it go', { timeout: 600_000 }, async (context) => {
  const replica = await startAfterMass(context);
  await undelete(replica);
  await waitFor('it to be gone', async () => {
    // A comparison that goes on may hold more, under another id: a release is of what was shown.
    await ask(replica, { releaseDeletes: replica.status().heldDeletes?.id ?? '' });
    await replica.settled();
    return count(replica) === 0;
  });
  await replica.assertEqual();
});

test('what is deleted after a mass was put back can be put back too', { timeout: 600_000 }, async (context) => {
  const replica = await startAfterMass(context);
  const [first] = replica.status().keptDeletes ?? [];
  await undelete(replica);
  cpSync(join(replica.data, 'gone'), join(replica.source, 'gone'), { recursive: true, preserveTimestamps: true });
  await replica.settled();
  rmSync(join(replica.source, 'gone'), { recursive: true });
  await waitFor('it to be gone', () => count(replica) === 0);
  await waitFor('it to be told', () => replica.status().keptDeletes !== undefined);
  assert.notEqual(replica.status().keptDeletes?.at(-1)?.id, first?.id);
  await undelete(replica);
});

test('an id that no target keeps anything under changes nothing', { timeout: 600_000 }, async (context) => {
  const replica = await startAfterMass(context);
  await ask(replica, { undelete: 'mass-of-another' });
  writeFileSync(join(replica.source, 'later'), 'x');
  await replica.assertEqual();
  assert.equal(replica.status().heldDeletes, null);
  assert.equal(replica.status().inSync, true);
});
