import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { runAgent } from '../main.ts';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';

const bytes = (name: string): Buffer => Buffer.from(name, 'latin1');
const names = [
  'line\nbreak',
  'return\rhere',
  '"quoted" \'twice\'',
  '-leading',
  '--delete',
  '# no comment',
  '; nor this',
  '#',
  ';',
  'back\\slash',
  'like\\#012escape',
  '\\#134',
  '\x01\x7f\x1b[31m',
  'latin\xe9\xff\xfe',
  'ümläut→',
  ' leading and trailing ',
  '*?[a-z]**',
  '.',
  '..x',
  '...',
  '~',
  '.syncreplica',
  '.syncreplica-partial',
  '.~tmp~',
  'file:with:colons',
  'host::module',
  '%41',
  '$(touch x)',
  'n'.repeat(255),
  '\xff'.repeat(255),
  'to-check=1/1',
].filter((name) => name !== '.');

test('any name of bytes goes there, changes, moves and goes away', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica();
  t.after(() => replica.close());
  const at = (name: string): Buffer => Buffer.concat([bytes(`${replica.source}/`), bytes(name.replaceAll('/', '_'))]);
  for (const name of names) writeFileSync(at(name), 'as a file');
  await replica.assertEqual();
  for (const name of names) {
    rmSync(at(name));
    mkdirSync(at(name));
    writeFileSync(Buffer.concat([at(name), bytes('/'), bytes(name.replaceAll('/', '_'))]), 'below its own name');
  }
  await replica.assertEqual();
  const moved = (name: string): Buffer => at(`${name.slice(0, 250)}.mv`);
  for (const name of names) renameSync(at(name), moved(name));
  await replica.assertEqual();
  for (const name of names) rmSync(moved(name), { recursive: true });
  writeFileSync(at('guard'), 'the source is not empty');
  await replica.settled();
  const held = replica.status().heldDeletes;
  if (held !== null) {
    const requests = { releaseDeletes: held.id };
    await replica.agent.update({ ...replica.settings, generation: 2, requests });
    await waitFor('the release', () => replica.status().heldDeletes === null);
  }
  await replica.assertEqual();
});

test('the same names are found by a first pass', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    prepare: (source, target) => {
      mkdirSync(target);
      for (const name of names) {
        const clean = name.replaceAll('/', '_');
        writeFileSync(Buffer.concat([bytes(`${source}/`), bytes(clean)]), 'x');
        mkdirSync(Buffer.concat([bytes(`${target}/`), bytes(clean.slice(0, 254)), bytes('+')]), { recursive: true });
      }
    },
  });
  t.after(() => replica.close());
  await replica.assertEqual();
});

test('a path longer than the system takes is counted, and all else goes on', { timeout: 600_000 }, async (t) => {
  const name = 'n'.repeat(250);
  const depth = 20;
  const descend = (root: string, act: string): unknown =>
    execFileSync(process.execPath, [
      '-e',
      `const fs = require('node:fs');
       process.chdir(process.argv[1]);
       for (let depth = 0; depth < ${depth}; depth++) {
         // One of these is too long although its directory is not.
         fs.writeFileSync('${'f'.repeat(250)}', 'x');
         fs.mkdirSync('${name}', { recursive: true });
         process.chdir('${name}');
       }
       ${act}`,
      root,
    ]);
  const replica = await startReplica({ prepare: (source) => descend(source, "fs.writeFileSync('before', 'x')") });
  t.after(async () => {
    execFileSync('rm', ['-rf', replica.source]);
    await replica.close();
  });
  const { source, data } = replica;
  writeFileSync(join(source, 'first'), 'x');
  await waitFor('what else there is', () => existsSync(join(data, 'first')));
  await replica.settled();
  assert.ok(replica.status().skipped.count > 0);
  descend(source, "fs.writeFileSync('after', 'x')");
  rmSync(join(source, 'first'));
  writeFileSync(join(source, 'last'), 'x');
  await waitFor('later changes', () => existsSync(join(data, 'last')) && !existsSync(join(data, 'first')));
  await replica.settled();
  // What is short enough is there.
  assert.ok(existsSync(join(data, ...Array.from({ length: 12 }, () => name))));
  const exclude = (path: string): boolean => path.length > 3_500;
  const different = await compareTrees(source, data, { exclude });
  assert.deepEqual(
    different.filter(({ path }) => path.length < 3_000),
    [],
  );
  // What changed while no agent ran is looked for in all of it.
  await replica.agent.stop();
  const { settings, base } = replica;
  const again = await runAgent({ settings, stateDir: join(base, 'state'), logger: silentLogger });
  t.after(() => again.stop(0));
  await waitFor('a comparison of all', () => again.status().replicas[0]?.initialPassDone === true);
});
