import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReplica } from '../testing/agent-fixture.ts';

const names = Array.from({ length: 20 }, (_, n) => `file-${n}`);
const fill = (directory: string, release: number): void => {
  mkdirSync(directory);
  for (const name of names) writeFileSync(join(directory, name), `${release}`.repeat(10_000));
};

test('directories that take each other’s place, and logs that move on, are renamed each time and not sent', {
  timeout: 600_000,
}, async (t) => {
  const replica = await startReplica({
    prepare(source) {
      fill(join(source, 'live'), 0);
      for (const name of ['log', 'log.1', 'log.2']) writeFileSync(join(source, name), name.repeat(10_000));
    },
  });
  t.after(() => replica.close());
  const at = (name: string): string => join(replica.source, name);
  const sentFor = async (change: () => void): Promise<number> => {
    await replica.settled();
    const before = replica.status().transferredFiles;
    change();
    await replica.assertEqual();
    return replica.status().transferredFiles - before;
  };
  for (let release = 1; release <= 3; release += 1) {
    rmSync(at('old'), { recursive: true, force: true });
    fill(at('new'), release);
    const sent = await sentFor(() => {
      renameSync(at('live'), at('old'));
      renameSync(at('new'), at('live'));
    });
    assert.equal(sent, 0, `release ${release}`);
    const log = await sentFor(() => {
      renameSync(at('log.1'), at('log.2'));
      renameSync(at('log'), at('log.1'));
      writeFileSync(at('log'), `${release}`);
    });
    assert.equal(log, 1, `the new log, ${release}`);
  }
});
