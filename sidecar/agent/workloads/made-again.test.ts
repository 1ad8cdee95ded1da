import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReplica, waitFor } from '../testing/agent-fixture.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';

const base = mkdtempSync(join(tmpdir(), 'made-again-'));
const bin = join(base, 'bin');
const path = process.env.PATH;
const began = join(base, 'began');

// The real rsync on a machine so busy that one which is to delete begins half a second after it was started.
mkdirSync(bin);
writeFileSync(
  join(bin, 'rsync'),
  `#!/bin/sh\ncase "$*" in *--delete-missing-args*) : > ${began}; sleep 0.5 ;; esac\nPATH=$(echo "$PATH" | cut -d: -f2-) exec rsync "$@"\n`,
);
chmodSync(join(bin, 'rsync'), 0o755);

const moments: readonly (readonly [when: string, comes: () => Promise<unknown>])[] = [
  ['at once', async () => {}],
  ['60 ms later', () => sleep(60)],
  ['while its deletion is starting', () => waitFor('the deletion', () => existsSync(began))],
];

for (const [when, comes] of moments) {
  test(`a directory that is made again ${when} holds nothing of the old one at a plain daemon`, {
    timeout: 600_000,
  }, async (t) => {
    const daemon = await RsyncDaemon.start(join(base, when));
    process.env.PATH = `${bin}${delimiter}${path}`;
    const replica = await startReplica({ settings: { targets: [daemon.target()] } });
    t.after(async () => {
      process.env.PATH = path;
      await replica.close();
      await daemon.stop();
    });
    const at = (name: string): string => join(replica.source, name);
    mkdirSync(at('d/e'), { recursive: true });
    // With nothing left the source would be an emptied one, of which deletions are held.
    for (const name of ['d/a', 'd/b', 'd/e/c', 'file', 'stays']) writeFileSync(at(name), name);
    await replica.assertEqualTo(daemon.module);
    rmSync(began, { force: true });
    rmSync(at('d'), { recursive: true });
    rmSync(at('file'));
    await comes();
    mkdirSync(at('d'));
    writeFileSync(at('d/new'), 'new');
    mkdirSync(at('file'));
    await replica.assertEqualTo(daemon.module);
    assert.deepEqual(
      ['d/a', 'd/b', 'd/e'].filter((name) => existsSync(join(daemon.module, name))),
      [],
    );
    assert.equal(replica.status().lastError, null);
  });
}

test.after(() => rmSync(base, { recursive: true }));
