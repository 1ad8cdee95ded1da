import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { VerifySettings } from '../../../src/api/settings/replication-settings.ts';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import type { VerificationStatus } from '../../protocol/agent-status.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

const odd = Buffer.from('caf\xe9 \n\\#012 "\xff', 'latin1');
const at = (root: string, name: Buffer | string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);

let generation = 1;
const settingsOf = (replica: Replica, verify: Partial<VerifySettings>) => {
  generation += 1;
  return {
    ...replica.settings,
    generation,
    verify: { metadata: 'Never', mode: 'Checksum', repair: true, ...verify } as VerifySettings,
  };
};

/** Asks for one verification and waits for its end. */
const verify = async (replica: Replica, settings: Partial<VerifySettings> = {}): Promise<VerificationStatus> => {
  const request = `request ${generation}`;
  await replica.agent.update({ ...settingsOf(replica, settings), requests: { verify: request } });
  await waitFor('a verification', () => replica.status().verification?.answered === request, 150_000);
  return replica.status().verification as VerificationStatus;
};

const start = async (context: TestContext, prepare: (source: string) => void): Promise<Replica> => {
  const replica = await startReplica({ prepare });
  context.after(() => replica.close());
  await replica.settled();
  return replica;
};

/** A time that is kept to the millisecond can be set again. */
const write = (path: Buffer | string, content: Buffer | string): void => {
  writeFileSync(path, content);
  utimesSync(path, 1_700_000_000, 1_700_000_000.123);
};

/** Other content of the same length under the same times. */
const rot = (path: Buffer | string, position = 0): void => {
  const { atime, mtime } = statSync(path);
  const fd = openSync(path, 'r+');
  writeSync(fd, 'ROTTEN', position);
  closeSync(fd);
  utimesSync(path, atime, mtime);
};

test('whatever was changed at the target behind our back is found and mended', {
  timeout: 600_000,
}, async (context) => {
  const replica = await start(context, (source) => {
    mkdirSync(join(source, 'dir/below'), { recursive: true });
    for (const name of ['rotten', 'edited', 'removed', 'chmod', 'time', 'type', 'dir/below/file'])
      write(join(source, name), `content of ${name}`.padEnd(100));
    write(at(source, odd), 'x'.repeat(100));
    symlinkSync('rotten', join(source, 'link'));
    mkdirSync(join(source, 'gone/with/all'), { recursive: true });
    for (let index = 0; index < 50; index += 1) writeFileSync(join(source, `gone/with/${index}`), `${index}`);
  });
  const { data } = replica;
  const spoil = (): void => {
    rot(join(data, 'rotten'));
    rot(at(data, odd));
    rot(join(data, 'dir/below/file'));
    writeFileSync(join(data, 'edited'), 'longer than it was by some more bytes'.repeat(10));
    unlinkSync(join(data, 'removed'));
    chmodSync(join(data, 'chmod'), 0o600);
    utimesSync(join(data, 'time'), 1, 1);
    utimesSync(join(data, 'dir'), 2, 2);
    unlinkSync(join(data, 'type'));
    mkdirSync(join(data, 'type'));
    unlinkSync(join(data, 'link'));
    symlinkSync('edited', join(data, 'link'));
    rmSync(join(data, 'gone'), { recursive: true });
    writeFileSync(at(data, Buffer.concat([odd, odd])), 'extra');
    mkdirSync(join(data, 'dir/extra/deep'), { recursive: true });
  };
  spoil();
  const watched = await verify(replica, { repair: false });
  // The root's and dir's times went with what was changed in them; `dir` counts once, `gone` for all below it.
  const expected = [
    'content',
    'content',
    'content',
    'size',
    'missing',
    'mode',
    'time',
    'time',
    'type',
    'link',
    'missing',
    'extra',
    'extra',
  ];
  assert.equal(watched.differences, expected.length, watched.samples.join('\n'));
  assert.equal(replica.status().notInSync?.reason, 'Diverged');
  const { mtime } = statSync(join(data, 'time'));
  assert.equal(mtime.getTime(), 1_000, 'nothing is mended where nobody asked for it');
  const mending = await verify(replica, { repair: true });
  await waitFor('all to be mended', () => replica.status().verification?.differences === 0);
  await replica.assertEqual();
  assert.equal(replica.status().inSync, true);
  assert.equal(replica.status().verification?.found, expected.length);
  assert.equal(replica.status().verification?.repaired, expected.length);
  assert.equal(mending.mode, 'Checksum');
});

test('nothing that is only on its way is found while a storm writes, and what rotted is', {
  timeout: 600_000,
}, async (context) => {
  const rotten = Array.from({ length: 8 }, (_, index) => `still/${index % 4}/file-${index}`);
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => told.push(JSON.stringify(fields)), child: () => logger };
  const replica = await startReplica({
    logger,
    prepare: (source) => {
      for (const name of rotten) {
        mkdirSync(join(source, name, '..'), { recursive: true });
        write(join(source, name), name.padEnd(5_000, '.'));
      }
      mkdirSync(join(source, 'storm'));
    },
  });
  context.after(() => replica.close());
  await replica.settled();
  const storm = new Storm(join(replica.source, 'storm'), { maxFileBytes: 256 * 1024 });
  context.diagnostic(`STORM_SEED=${storm.seed}`);
  for (const name of rotten) rot(join(replica.data, name), 4_000);
  const calm = new AbortController();
  const raging = storm.run({ steps: 1_000_000, pauseMs: 10, signal: calm.signal });
  try {
    for (let round = 0; round < 3; round += 1) {
      const { differences, samples } = await verify(replica, { repair: false });
      assert.equal(differences, rotten.length, samples.join('\n'));
      assert.ok(
        samples.every((text) => text.startsWith('still/')),
        samples.join('\n'),
      );
    }
  } finally {
    calm.abort();
    await raging;
  }
  await verify(replica, { repair: true });
  await waitFor('all to be mended', () => replica.status().verification?.differences === 0);
  assert.equal(replica.status().verification?.found, rotten.length, told.join('\n'));
  await replica.assertEqual();
});

test('a file of many pieces is found by one of them, and a directory of many names by its parts', {
  timeout: 600_000,
}, async (context) => {
  const names = Array.from({ length: 9_000 }, (_, index) => `name-${index}`);
  const replica = await start(context, (source) => {
    mkdirSync(join(source, 'wide'));
    for (const name of names) write(join(source, 'wide', name), name);
    write(join(source, 'big'), Buffer.alloc(70 * 1024 * 1024, 'big'));
  });
  const { data } = replica;
  rot(join(data, 'big'), 50 * 1024 * 1024);
  rot(join(data, 'wide', 'name-4711'));
  unlinkSync(join(data, 'wide', 'name-0'));
  for (let index = 0; index < 30; index += 1) writeFileSync(join(data, 'wide', `extra-${index}`), '');
  const { differences, entries } = await verify(replica);
  assert.ok(entries > names.length);
  await waitFor('all to be mended', () => replica.status().verification?.differences === 0);
  // The comparison of the directory that the first of them asked for mends the rest.
  const { found } = replica.status().verification as VerificationStatus;
  assert.ok(found >= 4 && found <= 34, `${found} found, ${differences} left at the end`);
  await replica.assertEqual();
});

test('a target that lost more than is kept by name is told to differ, and it comes to an end', {
  timeout: 600_000,
}, async (context) => {
  const names = Array.from({ length: 10_500 }, (_, index) => `name-${index}`);
  const replica = await start(context, (source) => {
    mkdirSync(join(source, 'wide'));
    for (const name of names) writeFileSync(join(source, 'wide', name), '');
  });
  for (const name of names) unlinkSync(join(replica.data, 'wide', name));
  const { differences } = await verify(replica, { mode: 'Metadata', repair: false });
  assert.equal(differences, 10_000);
});

test('a mass that only the target has goes before the judge of deletions', { timeout: 600_000 }, async (context) => {
  const replica = await start(context, (source) => writeFileSync(join(source, 'file'), 'content'));
  mkdirSync(join(replica.data, 'many'));
  for (let index = 0; index < 500; index += 1) writeFileSync(join(replica.data, 'many', `${index}`), '');
  await verify(replica);
  await waitFor('deletions to be held', () => replica.status().heldDeletes !== null);
  assert.equal(replica.status().heldDeletes?.reason, 'TooMany');
  assert.equal(lstatSync(join(replica.data, 'many/499')).isFile(), true);
  // They are known, and told as what they are.
  await waitFor('them to be no difference', () => replica.status().verification?.differences === 0);
  assert.equal((await verify(replica)).differences, 0);
  assert.equal(replica.status().notInSync?.reason, 'DeletesHeld');
});

test('what is excluded, kept or not preserved is no difference', { timeout: 600_000 }, async (context) => {
  const { preserve } = (await import('../testing/agent-fixture.ts')).testSettings.sync;
  const replica = await startReplica({
    settings: { filter: { exclude: ['*.tmp', '/cache/'], include: [] } },
    sync: { delete: 'Keep', preserve: { ...preserve, permissions: false, times: false } },
    prepare: (source) => {
      mkdirSync(join(source, 'cache'));
      for (const name of ['cache/own', 'own.tmp', 'file']) write(join(source, name), `content of ${name}`);
    },
  });
  context.after(() => replica.close());
  await replica.settled();
  writeFileSync(join(replica.data, 'other.tmp'), 'excluded');
  writeFileSync(join(replica.data, 'extra'), 'kept');
  chmodSync(join(replica.data, 'file'), 0o600);
  utimesSync(join(replica.data, 'file'), 1, 1);
  assert.deepEqual((await verify(replica)).samples, []);
  rot(join(replica.data, 'file'));
  assert.deepEqual((await verify(replica, { repair: false })).samples, ['file (content)']);
});

test('names and attributes alone are compared where content is not asked for', {
  timeout: 600_000,
}, async (context) => {
  const replica = await start(context, (source) => writeFileSync(join(source, 'file'), 'content'));
  lutimesSync(join(replica.data, 'file'), 5, 5);
  renameSync(join(replica.data, 'file'), join(replica.data, 'other'));
  assert.equal((await verify(replica, { mode: 'Metadata' })).mode, 'Metadata');
  await waitFor('all to be mended', () => replica.status().verification?.differences === 0);
  await replica.assertEqual();
});

test('what lies behind a link that took the place of a directory is no difference', {
  timeout: 600_000,
}, async (context) => {
  const replica = await start(context, (source) => {
    mkdirSync(join(source, 'current'));
    mkdirSync(join(source, 'other'));
    for (const name of ['current/file', 'other/file']) write(join(source, name), `content of ${name}`);
  });
  rot(join(replica.data, 'current/file'));
  assert.equal((await verify(replica, { repair: false })).differences, 1);
  rmSync(join(replica.source, 'current'), { recursive: true });
  symlinkSync('other', join(replica.source, 'current'));
  await replica.assertEqual();
  assert.deepEqual((await verify(replica, { repair: false })).samples, []);
});
