import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PassProgress } from '../../protocol/agent-status.ts';
import { waitFor } from '../testing/agent-fixture.ts';
import { ProcessWorld } from '../testing/process-world.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';

test('a restore shows how much it has to bring before it begins, and how far it is', {
  timeout: 600_000,
}, async (t) => {
  let proxy: TcpProxy | undefined;
  await using world = await ProcessWorld.start({
    settings: { restore: 'IfEmpty' },
    port: (receiver) => proxy?.port ?? receiver,
  });
  for (let n = 0; n < 20; n++) writeFileSync(join(world.source, `file-${n}`), randomBytes(128 * 1024));
  const first = await world.startAgent();
  await world.assertEqual(first);
  await first.end('SIGTERM');
  rmSync(world.source, { recursive: true });
  mkdirSync(world.source);
  proxy = await TcpProxy.start(world.receiver.port, { slowAnswers: 1024 * 1024 });
  t.after(() => proxy?.close());
  const agent = await world.startAgent();
  const seen: PassProgress[] = [];
  await waitFor('the watch', async () => {
    const { phase, replicas } = await agent.status();
    const progress = phase === 'Restoring' && replicas[0]?.progress;
    if (progress && progress.step === 'Transferring') seen.push(progress);
    return phase === 'Watching';
  });
  assert.deepEqual(
    [...new Set(seen.map(({ phase, filesTotal, bytesTotal }) => `${phase} ${filesTotal} ${bytesTotal}`))],
    [`Restore 20 ${20 * 128 * 1024}`],
  );
  const done = seen.map(({ bytesDone }) => bytesDone);
  assert.deepEqual(
    done,
    [...done].sort((a, b) => a - b),
  );
  assert.ok(
    done.some((bytes) => bytes > 0 && bytes < 20 * 128 * 1024),
    done.join(),
  );
});
