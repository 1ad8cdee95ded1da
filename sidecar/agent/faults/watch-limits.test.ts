import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const limits = [
  ['without an inotify instance', 'max_inotify_instances', 'NoInstance'],
  ['without a watch', 'max_inotify_watches', 'WatchLimit'],
] as const;

for (const [what, limit, reason] of limits) {
  const skip = !canRun('unshare', '-Ur', 'sh', '-c', `echo 0 > /proc/sys/user/${limit}`) && 'needs a user namespace';
  test(`${what} the source is looked at now and then, and watched once it can be`, {
    skip,
    timeout: 600_000,
  }, async () => {
    await using world = await ProcessWorld.start();
    mkdirSync(join(world.source, 'd'));
    writeFileSync(join(world.source, 'd/before'), 'x');
    const raised = join(world.base, 'raised');
    const script = `
      echo 0 > /proc/sys/user/${limit}
      { until [ -e '${raised}' ]; do sleep 0.1; done; echo 100 > /proc/sys/user/${limit}; } &
      exec "$@"`;
    const agent = await world.startAgent({}, ['unshare', '-Ur', 'sh', '-c', script, 'sh']);
    const first = await waitForReplica(agent, 'the first pass', ({ initialPassDone }) => initialPassDone);
    assert.equal(first.inSync, false, reason);
    for (const name of ['one', 'two']) {
      writeFileSync(join(world.source, 'd', name), name);
      await waitFor('what is looked at', () => existsSync(join(world.data, 'd', name)));
    }
    const polled = await agent.status();
    assert.equal(polled.watch.kind, 'polling');
    assert.ok((polled.replicas[0]?.lagSeconds ?? 0) >= 2, 'what nobody has told of yet may be as old as the last look');
    writeFileSync(raised, '');
    await waitForReplica(agent, 'in sync by events', ({ inSync }) => inSync);
    assert.equal((await agent.status()).watch.kind, 'inotify');
    await world.assertEqual(agent);
  });
}
