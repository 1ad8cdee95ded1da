import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { RsyncDaemon } from '../testing/rsync-daemon.ts';
import { restore, restoreMarker } from './restore.ts';

test('a restore that goes on never takes away what says that the source is a part', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'marker-'));
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  t.after(async () => {
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  writeFileSync(join(daemon.module, 'a'), 'a');
  const source = join(base, 'source');
  const marker = join(source, restoreMarker);
  mkdirSync(marker, { recursive: true });
  writeFileSync(join(marker, '.a.left'), 'of a run that was killed');
  // One that is made anew has another mode.
  chmodSync(marker, 0o750);
  const [rsync, seen] = [join(base, 'rsync'), join(base, 'seen')];
  // What the marker is while rsync runs, and what is in it.
  writeFileSync(
    rsync,
    `#!/bin/sh\nstat -c %a '${marker}' >>'${seen}'; ls -A '${marker}' >>'${seen}'\nexec rsync "$@"\n`,
  );
  chmodSync(rsync, 0o755);
  const settings = { ...testSettings, source, restore: 'IfEmpty', targets: [daemon.target()] } as const;
  const outcome = await restore({
    settings: () => settings,
    rsync,
    signal: new AbortController().signal,
    logger: silentLogger,
    onRestored: () => {},
    onError: (_, { message }) => assert.fail(message),
    onProgress: () => {},
  });
  assert.deepEqual([outcome, readdirSync(source)], ['restored', ['a']]);
  assert.deepEqual(readFileSync(seen, 'utf8').trim().split('\n'), ['750', '750']);
});
