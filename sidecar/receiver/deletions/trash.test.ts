import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
import { eventually } from '../testing/receiver-fixture.ts';
import { moveAway } from './move-away.ts';
import { Trash } from './trash.ts';

const mount = (path: string): boolean => spawnSync('mount', ['-t', 'tmpfs', 'none', path]).status === 0;
const unmount = (path: string): void => void spawnSync('umount', ['-l', path]);
const mayMount = (() => {
  const path = mkdtempSync(join(tmpdir(), 'may-mount-'));
  const isMounted = mount(path);
  unmount(path);
  rmSync(path, { recursive: true });
  return isMounted;
})();

function makeVolume(t: TestContext): { readonly data: string; readonly path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'trash-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [data, path] = [join(directory, 'data'), join(directory, 'trash')];
  for (const one of [data, path]) mkdirSync(one);
  return { data, path };
}

test('what is to be moved away while what was moved before is looked for has a place', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { data, path } = makeVolume(t);
    writeFileSync(join(data, 'file'), 'x');
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const trash = new Trash(path, silentLogger);
    trash.place();
    t.mock.timers.tick(1_000);
    await Promise.resolve();
    const place = trash.place();
    t.mock.timers.reset();
    await eventually(() => readdirSync(path).length < 2, 'what was there before is removed');
    await sleep(5);
    assert.equal(moveAway(data, 'file', place), null);
    assert.equal(existsSync(join(data, 'file')), false, `round ${round}`);
    await trash.close();
  }
});

test('what has no place to be moved to is still there', (t) => {
  const { data, path } = makeVolume(t);
  writeFileSync(join(data, 'file'), 'x');
  const place = new Trash(path, silentLogger).place();
  for (const name of readdirSync(path)) rmdirSync(join(path, name));
  assert.equal(moveAway(data, 'file', place), 'NoPlace');
  assert.equal(existsSync(join(data, 'file')), true);
  assert.equal(moveAway(data, 'nothing', place), null);
});

test('what can’t be removed keeps nothing else from being', {
  skip: !mayMount && 'needs to mount a file system',
}, async (t) => {
  const { path } = makeVolume(t);
  const stuck = 'first';
  for (const name of [stuck, ...Array.from({ length: 40 }, (_, index) => `then-${index}`)])
    mkdirSync(join(path, name, 'within'), { recursive: true });
  mount(join(path, stuck, 'within'));
  const warned = Promise.withResolvers<object>();
  const logger: Logger = { ...silentLogger, warn: (fields) => warned.resolve(fields), child: () => logger };
  const trash = new Trash(path, logger);
  try {
    const { failed } = (await warned.promise) as { failed?: number };
    assert.deepEqual([readdirSync(path), failed], [[stuck], 1]);
  } finally {
    await trash.close();
    unmount(join(path, stuck, 'within'));
  }
});
