import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica } from '../testing/agent-fixture.ts';

const big = 9 * 1024 * 1024;

test('only what takes the place of a big file is written out before', async (t) => {
  const programs = mkdtempSync(join(tmpdir(), 'programs-'));
  const log = join(programs, 'log');
  const wrapper = join(programs, 'rsync');
  const rsync = execFileSync('sh', ['-c', 'command -v rsync'], { encoding: 'utf8' }).trim();
  writeFileSync(
    wrapper,
    `#!/bin/sh\ncase "$*" in *--partial-dir=*) echo "$*" >> '${log}';; esac\nexec '${rsync}' "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  const { PATH } = process.env;
  process.env.PATH = `${programs}:${PATH}`;
  const replica = await startReplica({
    prepare: (source) => writeFileSync(join(source, 'from before'), Buffer.alloc(big, 'a')),
  });
  t.after(async () => {
    process.env.PATH = PATH;
    await replica.close();
    rmSync(programs, { recursive: true });
  });
  await replica.settled();
  const flushed = (): boolean[] =>
    readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.includes(' --fsync'));
  assert.equal(flushed()[0], false, 'what a first pass finds');
  const passed = flushed().length;
  writeFileSync(join(replica.source, 'new'), Buffer.alloc(big, 'b'));
  await replica.assertEqual();
  assert.equal(flushed()[passed], false, 'what was made since');
  const made = flushed().length;
  // Smaller than before: what has only grown is appended to.
  writeFileSync(join(replica.source, 'from before'), Buffer.alloc(big - 1, 'c'));
  await replica.assertEqual();
  assert.equal(flushed()[made], true, 'what replaces another');
});
