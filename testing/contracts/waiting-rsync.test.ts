import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFileList } from '../../sidecar/agent/rsync/file-list.ts';
import { rsyncFlags } from '../../sidecar/agent/rsync/flags.ts';
import { testSettings } from '../../sidecar/agent/testing/agent-fixture.ts';
import { RsyncDaemon } from '../../sidecar/agent/testing/rsync-daemon.ts';
import { TcpProxy } from '../../sidecar/agent/testing/tcp-proxy.ts';
import { ModelRun } from '../simulation/models/model-run.ts';
import { ModelTarget } from '../simulation/models/model-target.ts';
import { Volume } from '../simulation/models/volume.ts';
import { Life } from '../simulation/world/life.ts';
import { NodeClock } from '../simulation/world/node-clock.ts';
import { Scheduler } from '../simulation/world/scheduler.ts';
import { settingsOf } from '../simulation/world/settings-of.ts';
import { Streams } from '../simulation/world/streams.ts';
import { plainPlan } from '../simulation/world/world-plan.ts';

const list = encodeFileList(['file']);
const flags = rsyncFlags('content', { sync: testSettings.sync, filterArgs: [], targetArgs: [] });

// So no session hears from it that a target was away for a moment.
test('an rsync that waits for its list ends only once it has one, where its connection broke: the real one', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'waiting-rsync-'));
  const daemon = await RsyncDaemon.start(join(base, 'daemon'));
  const proxy = await TcpProxy.start(daemon.port);
  t.after(async () => {
    await proxy.close();
    await daemon.stop();
    rmSync(base, { recursive: true });
  });
  const source = join(base, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'content');
  const { module, username, password = '' } = daemon.target();
  const to = `rsync://${username}@127.0.0.1:${proxy.port}/${module}/`;
  const child = spawn('rsync', [...flags, '--', `${source}/`, to], {
    env: { PATH: process.env.PATH, LC_ALL: 'C', RSYNC_PASSWORD: password },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await sleep(1_000);
  proxy.cut();
  await sleep(1_000);
  assert.equal(child.exitCode, null);
  child.stdin.on('error', () => {});
  child.stdin.end(list);
  assert.match(String((await ended)[0]), /^1[02]$/);
});

test('an rsync that waits for its list ends only once it has one, where its connection broke: the model', async () => {
  const scheduler = new Scheduler();
  const [settings, streams, clock] = [settingsOf(plainPlan), new Streams(1), new NodeClock(scheduler)];
  const [first] = settings.targets;
  assert.ok(first !== undefined);
  const target = new ModelTarget(first, settings, scheduler, streams, plainPlan);
  const { epoch } = target.receiver.takeLease({ holder: 'a', epoch: 0, controllerEpoch: 0, takeOver: false });
  const source = new Volume({ now: () => clock.now() });
  source.create('file');
  const run = new ModelRun({
    ...{ scheduler, target, source, flags, epoch, life: new Life(clock), random: streams.of('run') },
    now: () => clock.now(),
    onOutput: undefined,
    onServerStep: () => {},
  });
  const rest = (): void => {
    while (scheduler.nextAt !== undefined) scheduler.step();
  };
  rest();
  target.network.breakConnections();
  rest();
  assert.equal(run.ended, false);
  const ended = run.feed(list);
  rest();
  assert.equal((await ended).code, 12);
});
