import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertEqualTrees, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import type { AgentProcess } from '../testing/agent-process.ts';
import { ProcessWorld, replicaOf, waitForReplica } from '../testing/process-world.ts';
import { freePort } from '../testing/rsync-daemon.ts';
import type { TargetState } from './claim.ts';

const outlinePace = { everyMs: 200, ageMs: 100 };
const proven = { outlinePace };

const stateOf = (world: ProcessWorld): TargetState | undefined => {
  const directory = join(world.base, 'state');
  const name = fs.readdirSync(directory).find((file) => /^target-.*\.json$/.test(file));
  return name === undefined ? undefined : (JSON.parse(fs.readFileSync(join(directory, name), 'utf8')) as TargetState);
};

/** Waits until the target is known to have all that is there now, which some change lets be written down anew. */
async function waitForClaim(world: ProcessWorld, agent: AgentProcess): Promise<void> {
  const before = stateOf(world)?.claim?.outline;
  if (before !== undefined) fs.writeFileSync(join(world.source, 'touched'), `${before}`);
  await waitUntilSettled(agent);
  await waitFor(
    'a claim',
    () => {
      const claim = stateOf(world)?.claim;
      return claim != null && claim.outline !== before;
    },
    300_000,
  );
}

function makeTree(source: string): void {
  for (const directory of ['a/deep/er', 'b', 'c', 'd']) {
    fs.mkdirSync(join(source, directory), { recursive: true });
    for (let n = 0; n < 20; n++) fs.writeFileSync(join(source, directory, `file-${n}`), `${directory} ${n}\n`);
  }
  fs.symlinkSync('file-1', join(source, 'b/link'));
  fs.linkSync(join(source, 'b/file-2'), join(source, 'c/other-name'));
}

async function restart(world: ProcessWorld, whileAway: () => void) {
  const agent = world.agents.at(-1) as AgentProcess;
  await waitForClaim(world, agent);
  const before = await replicaOf(agent);
  await agent.end('SIGKILL');
  const acknowledged = stateOf(world)?.position?.sequence ?? Number.NaN;
  whileAway();
  const port = await freePort();
  const next = await world.startAgent({ ...proven, metrics: { host: '127.0.0.1', port } });
  const after = await waitForReplica(next, 'in sync', ({ inSync, pending }) => inSync && pending === 0);
  await assertEqualTrees(world.source, world.data);
  const figures = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { before, acknowledged, after, figures };
}

const rewriteUnseen = (path: string): void => {
  const { atime, mtime, size } = fs.statSync(path);
  fs.writeFileSync(path, 'x'.repeat(size));
  fs.utimesSync(path, atime, mtime);
};

const work: readonly [what: string, does: (source: string) => void][] = [
  ['nothing', () => {}],
  [
    'content and attributes',
    (source) => {
      rewriteUnseen(join(source, 'a/deep/er/file-3'));
      fs.appendFileSync(join(source, 'd/file-1'), 'more');
      fs.chmodSync(join(source, 'a/deep'), 0o700);
      fs.chmodSync(join(source, 'd/file-2'), 0o600);
      fs.linkSync(join(source, 'd/file-3'), join(source, 'a/name'));
    },
  ],
  [
    'names that came, went and changed places',
    (source) => {
      fs.writeFileSync(join(source, 'b/new'), 'new');
      fs.rmSync(join(source, 'c/file-3'));
      fs.renameSync(join(source, 'c/file-4'), join(source, 'b/file-4'));
      fs.renameSync(join(source, 'd/file-5'), join(source, 'x'));
      fs.renameSync(join(source, 'd/file-6'), join(source, 'd/file-5'));
      fs.renameSync(join(source, 'x'), join(source, 'd/file-6'));
      fs.rmSync(join(source, 'b/link'));
      fs.symlinkSync('file-7', join(source, 'b/link'));
    },
  ],
  [
    'directories that changed places or came',
    (source) => {
      fs.renameSync(join(source, 'c'), join(source, 'x'));
      fs.renameSync(join(source, 'd'), join(source, 'c'));
      fs.renameSync(join(source, 'x'), join(source, 'd'));
      fs.cpSync(join(source, 'a'), join(source, 'b/copy'), { recursive: true });
      fs.chmodSync(source, 0o700);
    },
  ],
];

test('a restart with its state kept sends what changed while nobody watched, and compares nothing else', async (t) => {
  await using world = await ProcessWorld.start();
  makeTree(world.source);
  await waitUntilSettled(await world.startAgent(proven));
  for (const [what, does] of work) {
    await t.test(what, async () => {
      const { before, acknowledged, after, figures } = await restart(world, () => does(world.source));
      assert.equal(after.lastFullPassAt, before.lastFullPassAt, 'all was compared');
      assert.match(figures, /^syncreplica_comparisons_spared_total\{target="dr"\} 1$/m);
      assert.ok((after.position?.sequence ?? 0) >= acknowledged, 'numbering began anew');
    });
  }
});

test('what a target’s own filter leaves out is left out after a restart, too', async () => {
  await using world = await ProcessWorld.start();
  const settings = world.settings();
  const targets = settings.targets.map((target) => ({ ...target, filter: { include: [], exclude: ['*.tmp', '/d/'] } }));
  const options = { ...proven, settings: { ...settings, targets } };
  makeTree(world.source);
  const agent = await world.startAgent(options);
  await waitUntilSettled(agent);
  await waitForClaim(world, agent);
  const { lastFullPassAt } = await replicaOf(agent);
  await agent.end('SIGKILL');
  for (const name of ['a/new.tmp', 'a/new', 'd/new', 'd/file-1']) fs.writeFileSync(join(world.source, name), 'new');
  fs.mkdirSync(join(world.source, 'd/more'));
  const next = await world.startAgent(options);
  const after = await waitForReplica(next, 'in sync', ({ inSync, pending }) => inSync && pending === 0);
  assert.equal(after.lastFullPassAt, lastFullPassAt, 'all was compared');
  assert.deepEqual(fs.readdirSync(world.data).sort(), ['a', 'b', 'c']);
  assert.deepEqual(fs.readdirSync(join(world.data, 'a')).sort(), ['deep', 'new']);
});

test('what another directory has put into the target, as it was the source, is found by a restart on the former one', async () => {
  await using world = await ProcessWorld.start();
  const { source, data } = world;
  makeTree(source);
  const agent = await world.startAgent(proven);
  await waitUntilSettled(agent);
  await waitForClaim(world, agent);
  const [aside, name] = [join(world.base, 'aside'), 'a/deep/er/file-3'];
  fs.renameSync(source, aside);
  // With all its names, so that no deletions are held.
  fs.cpSync(aside, source, { recursive: true });
  fs.writeFileSync(join(source, name), 'of another');
  await waitFor('what another directory has', () => fs.readFileSync(join(data, name), 'utf8') === 'of another');
  await agent.end('SIGKILL');
  fs.rmSync(source, { recursive: true });
  fs.renameSync(aside, source);
  const next = await world.startAgent(proven);
  await waitForReplica(next, 'in sync', ({ inSync, pending }) => inSync && pending === 0);
  await assertEqualTrees(source, data);
});

const files = Number(process.env.SYNCREPLICA_TEST_FILES ?? 4_000);
const filesInDirectory = 100;

test(`a restart over ${files} files looks at each once and asks the target for none`, async (t) => {
  await using world = await ProcessWorld.start();
  for (let n = 0; n < files / filesInDirectory; n++) {
    const directory = join(world.source, `${n % 37}`, `${n}`);
    fs.mkdirSync(directory, { recursive: true });
    for (let m = 0; m < filesInDirectory; m++) fs.writeFileSync(join(directory, `file-${m}`), `${n} ${m}\n`);
  }
  const agent = await world.startAgent(proven);
  await waitForReplica(agent, 'in sync', ({ inSync, pending }) => inSync && pending === 0, 600_000);
  await waitForClaim(world, agent);
  const { lastFullPassAt } = await replicaOf(agent);
  await agent.end('SIGKILL');
  const begun = performance.now();
  const next = await world.startAgent(proven);
  const after = await waitForReplica(next, 'in sync', ({ inSync }) => inSync);
  t.diagnostic(`watching and in sync ${Math.round(performance.now() - begun)} ms after its process was started`);
  assert.equal(after.lastFullPassAt, lastFullPassAt, 'all was compared');
});
