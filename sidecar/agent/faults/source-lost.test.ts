import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Storm } from '../../../testing/storm/storm.ts';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { canRun } from '../watch/testing/watching-process.ts';

const fill = (source: string, count = 20): void => {
  mkdirSync(join(source, 'directory'), { recursive: true });
  for (let n = 0; n < count; n++) writeFileSync(join(source, `directory/file-${n}`), `content ${n}`);
  writeFileSync(join(source, 'top'), 'top');
};

const empty = (source: string): void => {
  for (const name of readdirSync(source)) rmSync(join(source, name), { recursive: true });
};

test('a source that is emptied by its user is followed, and all of it can be put back', async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      for (let d = 0; d < 20; d++) {
        mkdirSync(join(source, `directory-${d}`));
        for (let n = 0; n < 400; n++) writeFileSync(join(source, `directory-${d}/${n}`), `${d} ${n}`);
      }
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
  const rm = spawn('sh', ['-c', 'rm -r "$1"/*', 'sh', replica.source]);
  await once(rm, 'exit');
  await waitFor('the target to be empty', () => readdirSync(replica.data).length === 0);
  assert.equal(replica.status().heldDeletes, null, 'what was announced is never held');
  await waitFor('in sync', () => replica.status().inSync);

  const kept = readdirSync(join(replica.base, 'target/.syncreplica/kept'), { recursive: true, withFileTypes: true });
  const files = kept.filter((entry) => entry.isFile() && /^\d+$/.test(entry.name)).length;
  // Whether it is a mass shows itself only when the first hundred have gone.
  assert.ok(files > 7_000, `${files} of 8,000 files are kept`);
});

test('a source that was emptied while no agent looked is not believed either', async () => {
  await using world = await ProcessWorld.start();
  fill(world.source, 3);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  empty(world.source);
  mkdirSync(join(world.source, 'lost+found'));
  const agent = await world.startAgent();
  const { heldDeletes } = await waitForReplica(agent, 'the hold', (replica) => replica.initialPassDone);
  assert.equal(heldDeletes?.reason, 'SourceEmpty');
  assert.equal(heldDeletes.count, 5);
  assert.deepEqual(readdirSync(join(world.data, 'directory')).length, 3);
});

test('what is there again ends a hold by itself, a restart does not', async () => {
  await using world = await ProcessWorld.start();
  fill(world.source);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  empty(world.source);
  const second = await world.startAgent();
  const { heldDeletes } = await waitForReplica(second, 'the hold', (replica) => replica.heldDeletes !== null);
  await second.end('SIGKILL');
  const agent = await world.startAgent();
  const again = await waitForReplica(agent, 'the hold after a restart', (replica) => replica.initialPassDone);
  assert.equal(again.heldDeletes?.id, heldDeletes?.id);
  assert.equal(again.inSync, false);
  fill(world.source);
  await agent.update({ ...world.settings(), generation: 2, requests: { sync: 'now' } });
  await waitForReplica(agent, 'the end of the hold', (replica) => replica.heldDeletes === null);
  await world.assertEqual(agent);
});

test('more deletions than the guard lets through are held by a pass', async () => {
  await using world = await ProcessWorld.start({ sync: { deleteGuard: { maxPercent: 50, minFiles: 10 } } });
  fill(world.source);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  for (let n = 0; n < 15; n++) rmSync(join(world.source, `directory/file-${n}`));
  const agent = await world.startAgent();
  const { heldDeletes } = await waitForReplica(agent, 'the hold', (replica) => replica.initialPassDone);
  assert.equal(heldDeletes?.reason, 'TooMany');
  assert.equal(heldDeletes.count, 15);
  assert.equal(readdirSync(join(world.data, 'directory')).length, 20);
  await agent.update({ ...world.settings(), generation: 2, requests: { releaseDeletes: heldDeletes.id } });
  await waitForReplica(agent, 'the release', (replica) => replica.heldDeletes === null);
  await world.assertEqual(agent);
});

test('a file in place of a directory waits with what is in that', async () => {
  await using world = await ProcessWorld.start({ sync: { deleteGuard: { maxPercent: 50, minFiles: 10 } } });
  fill(world.source);
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  rmSync(join(world.source, 'directory'), { recursive: true });
  writeFileSync(join(world.source, 'directory'), 'a file');
  writeFileSync(join(world.source, 'another'), 'x');
  const agent = await world.startAgent();
  const { heldDeletes } = await waitForReplica(agent, 'the hold', (replica) => replica.initialPassDone);
  assert.equal(heldDeletes?.reason, 'TooMany');
  assert.equal(readdirSync(join(world.data, 'directory')).length, 20);
  assert.ok(existsSync(join(world.data, 'another')));
  await agent.update({ ...world.settings(), generation: 2, requests: { releaseDeletes: heldDeletes.id } });
  await waitForReplica(agent, 'the release', (replica) => replica.heldDeletes === null);
  await world.assertEqual(agent);
});

test('a source directory that is renamed away and back is followed', async (t) => {
  const replica = await startReplica({ prepare: (source) => fill(source) });
  t.after(() => replica.close());
  await replica.assertEqual();
  const away = `${replica.source}.away`;
  renameSync(replica.source, away);
  await waitFor('the loss', () => replica.agent.status().phase === 'SourceLost');
  writeFileSync(join(away, 'made-meanwhile'), 'x');
  assert.equal(readdirSync(join(replica.data, 'directory')).length, 20);
  renameSync(away, replica.source);
  await waitFor('the watch', () => replica.agent.status().phase === 'Watching');
  await replica.assertEqual();
  writeFileSync(join(replica.source, 'after'), 'x');
  await replica.assertEqual();
  assert.equal(replica.status().heldDeletes, null);
});

test('what another source directory lacks is not deleted before a person says so', async (t) => {
  const replica = await startReplica({ prepare: (source) => fill(source) });
  t.after(() => replica.close());
  await replica.assertEqual();
  renameSync(replica.source, `${replica.source}.old`);
  mkdirSync(replica.source);
  writeFileSync(join(replica.source, 'other'), 'other');
  await waitFor('the content of the other', () => existsSync(join(replica.data, 'other')));
  await waitFor('the hold', () => replica.status().heldDeletes !== null);
  assert.equal(replica.status().heldDeletes?.reason, 'SourceReplaced');
  assert.equal(readdirSync(join(replica.data, 'directory')).length, 20);
  const releaseDeletes = replica.status().heldDeletes?.id ?? '';
  await replica.agent.update({ ...replica.settings, generation: 2, requests: { releaseDeletes } });
  await waitFor('the release', () => replica.status().heldDeletes === null);
  await replica.assertEqual();
});

test('a file that was being written when another directory took the root’s place is not deleted', async (t) => {
  const replica = await startReplica({ prepare: (source) => fill(source), sync: { maxDelayMs: 2_000 } });
  t.after(() => replica.close());
  await replica.assertEqual();
  const file = openSync(join(replica.source, 'top'), 'a');
  t.after(() => closeSync(file));
  writeSync(file, ' and more');
  await waitFor('the write to be told and held back', () => replica.status().pending > 0);
  renameSync(replica.source, `${replica.source}.old`);
  mkdirSync(replica.source);
  writeFileSync(join(replica.source, 'other'), 'other');
  await waitFor('the content of the other', () => existsSync(join(replica.data, 'other')));
  await waitFor('the hold', () => replica.status().heldDeletes !== null);
  await replica.settled();
  assert.equal(readFileSync(join(replica.data, 'top'), 'utf8'), 'top');
  assert.equal(readdirSync(join(replica.data, 'directory')).length, 20);
});

test('a storm on a source that is replaced under it ends equal', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const storm = new Storm(replica.source);
  t.diagnostic(`STORM_SEED=${storm.seed}`);
  await storm.run({ steps: 100, pauseMs: 2 });
  const away = `${replica.source}.away`;
  for (let round = 0; round < 3; round++) {
    renameSync(replica.source, away);
    renameSync(away, replica.source);
    await storm.run({ steps: 40, pauseMs: 5 });
  }
  await replica.settled();
  const held = replica.status().heldDeletes;
  if (held !== null) {
    await replica.agent.update({ ...replica.settings, generation: 2, requests: { releaseDeletes: held.id } });
    await waitFor('the release', () => replica.status().heldDeletes === null);
  }
  await replica.assertEqual();
});

const canMount = canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt');
test('a source that is unmounted and mounted again loses nothing', {
  skip: !canMount && 'needs mount(2)',
}, async () => {
  await using world = await ProcessWorld.start();
  // In a mount namespace of its own; nsenter brings our commands there.
  const mounted = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs none '${world.source}'; exec "$@"`, 'sh'];
  const agent = await world.startAgent({}, mounted);
  const inside = (command: string): string =>
    execFileSync('nsenter', ['-m', '-t', String(agent.pid), 'sh', '-c', command], { cwd: '/', encoding: 'utf8' });
  inside(`cd '${world.source}'; mkdir d; for n in 1 2 3 4 5; do echo $n > d/$n; done`);
  await waitFor('the content', () => existsSync(join(world.data, 'd/5')));
  inside(
    `mkdir '${world.base}/kept'; mount --bind '${world.source}' '${world.base}/kept'; umount -l '${world.source}'`,
  );
  await waitForReplica(agent, 'the hold', (replica) => replica.heldDeletes !== null);
  assert.equal(readdirSync(join(world.data, 'd')).length, 5);
  inside(`mount --bind '${world.base}/kept' '${world.source}'; echo 6 > '${world.source}/d/6'`);
  await waitForReplica(agent, 'what is new', () => existsSync(join(world.data, 'd/6')));
  await waitForReplica(agent, 'the end of the hold', (replica) => replica.heldDeletes === null);
  assert.equal(readdirSync(join(world.data, 'd')).length, 6);
});

test('what is changed below the source while its file system is not mounted is there soon after it is again', {
  skip: !canMount && 'needs mount(2)',
}, async (t) => {
  await using world = await ProcessWorld.start();
  const disk = join(world.base, 'disk');
  mkdirSync(disk);
  mkdirSync(join(world.source, 'below'));
  const below = join(world.source, 'below');
  const mounted = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs none '${disk}'; exec "$@"`, 'sh'];
  const agent = await world.startAgent({}, mounted);
  // It ends when it is unmounted, and all watches on it with it.
  const mount = `mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work '${below}'`;
  const inside = (command: string): string =>
    execFileSync('nsenter', ['-m', '-t', String(agent.pid), 'sh', '-c', command], { cwd: '/', encoding: 'utf8' });
  inside(`cd '${disk}'; mkdir lower upper work; ${mount}; mkdir '${below}/d'; echo 1 > '${below}/d/file'`);
  const directory = join(world.data, 'below/d');
  const file = join(directory, 'file');
  await waitFor('the file', () => existsSync(file));
  // Held open, so that no other gets its number.
  const held = openSync(directory, 'r');
  t.after(() => closeSync(held));
  inside(`umount '${below}'`);
  await waitForReplica(agent, 'the mount to be missed', ({ notInSync }) => notInSync?.reason === 'NotWatched');
  // It looks what is there now, and would take nothing for another thing that is back before that.
  await waitFor(
    'the directory below it to be watched',
    async () => (await agent.status()).watch.watchedDirectories === 2,
  );
  await waitForReplica(agent, 'calm', ({ pending }) => pending === 0);
  assert.ok(existsSync(file), 'what went with its file system stays at the target');
  inside(`cd '${disk}'; echo 22 > upper/d/file; ${mount}`);
  const since = performance.now();
  // It is there all the time.
  await waitFor('what was changed', () => readFileSync(file, 'utf8') === '22\n');
  assert.equal(lstatSync(directory).ino, fstatSync(held).ino, 'it was not made anew');
  inside(`echo 333 > '${below}/d/file'`);
  await waitFor('what was changed since', () => readFileSync(file, 'utf8') === '333\n');
  // All is looked at once a minute in any case.
  assert.ok(performance.now() - since < 45_000);
});
