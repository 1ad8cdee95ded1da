import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReplica } from '../testing/agent-fixture.ts';

const bin = mkdtempSync(join(tmpdir(), 'slow-rsync-'));
const path = process.env.PATH;

// The real rsync on a machine so busy that one which is to delete begins half a second after it was started.
writeFileSync(
  join(bin, 'rsync'),
  `#!/bin/sh\ncase "$*" in *--delete-missing-args*) sleep 0.5 ;; esac\nPATH=$(echo "$PATH" | cut -d: -f2-) exec rsync "$@"\n`,
);
chmodSync(join(bin, 'rsync'), 0o755);

for (const afterMs of [0, 60, 300]) {
  test(`a directory made again ${afterMs} ms after it went holds nothing of the old one`, {
    timeout: 600_000,
  }, async (t) => {
    process.env.PATH = `${bin}${delimiter}${path}`;
    const replica = await startReplica();
    t.after(async () => {
      process.env.PATH = path;
      await replica.close();
    });
    const at = (name: string): string => join(replica.source, name);
    mkdirSync(at('d/e'), { recursive: true });
    // With nothing left the source would be an emptied one, of which deletions are held.
    for (const name of ['d/a', 'd/b', 'd/e/c', 'file', 'stays']) writeFileSync(at(name), name);
    await replica.assertEqual();
    rmSync(at('d'), { recursive: true });
    rmSync(at('file'));
    await sleep(afterMs);
    mkdirSync(at('d'));
    writeFileSync(at('d/new'), 'new');
    mkdirSync(at('file'));
    await replica.assertEqual();
    assert.deepEqual(
      ['d/a', 'd/b', 'd/e'].filter((name) => existsSync(join(replica.data, name))),
      [],
    );
    assert.equal(replica.status().lastError, null);
  });
}

test.after(() => rmSync(bin, { recursive: true }));
