import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const canMount = canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt');

test('what is in a file system inside the source that is not mounted when the agent starts anew stays at the target', {
  skip: !canMount && 'needs mount(2)',
}, async () => {
  await using world = await ProcessWorld.start();
  const [disk, inside] = [join(world.base, 'disk'), join(world.source, 'inside')];
  for (const path of [disk, inside]) mkdirSync(path);
  writeFileSync(join(disk, 'file'), 'x');
  const mounted = ['unshare', '-m', 'sh', '-c', `mount --bind '${disk}' '${inside}'; exec "$@"`, 'sh'];
  const copy = join(world.data, 'inside/file');
  const first = await world.startAgent({}, mounted);
  await waitFor('the file', () => existsSync(copy));
  await waitForReplica(first, 'in sync', ({ inSync }) => inSync);
  await first.end('SIGKILL');

  // Its mounts went with it.
  const bare = await world.startAgent();
  const said = await waitForReplica(bare, 'a comparison', ({ initialPassDone }) => initialPassDone);
  assert.equal(said.notInSync?.reason, 'NotWatched');
  assert.ok(existsSync(copy));
  await bare.end('SIGKILL');

  const again = await world.startAgent({}, mounted);
  await waitForReplica(again, 'in sync again', ({ inSync }) => inSync);
  assert.ok(existsSync(copy));
});
