import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import type { AgentProcess } from '../testing/agent-process.ts';
import { ProcessWorld, waitForReplica } from '../testing/process-world.ts';
import { serveStill } from '../testing/serve-still.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';

interface Scene {
  readonly world: ProcessWorld;
  readonly proxy: TcpProxy;
  readonly agent: AgentProcess;
  askForCheckpoint(): Promise<void>;
}

/** An agent whose receiver keeps a history, so that it can be asked for everything. */
async function setScene(t: TestContext, prepare: (source: string) => void): Promise<Scene> {
  let proxy: TcpProxy | undefined;
  const world = await ProcessWorld.start({
    port: (receiver) => proxy?.port ?? receiver,
    receiver: { history: { keepMs: 3_600_000, maxSize: { percent: 50 } } },
  });
  proxy = await TcpProxy.start(world.receiver.port);
  const still = await serveStill(() => 200);
  t.after(async () => {
    still.close();
    proxy?.close();
    await world[Symbol.asyncDispose]();
  });
  prepare(world.source);
  const agent = await world.startAgent();
  await waitUntilSettled(agent);
  const askForCheckpoint = (): Promise<void> => {
    const checkpoints = { stillUrl: still.url, timeoutMs: 60_000 };
    const requests = { checkpoint: new Date().toISOString() };
    return agent.update({ ...world.settings(), generation: 2, checkpoints, requests });
  };
  return { world, proxy, agent, askForCheckpoint };
}

/** What is asked of a receiver: what the source is before, and what happens to it. */
const requests: readonly {
  readonly what: string;
  readonly prepare?: (source: string) => void;
  readonly act: (source: string, scene: Scene) => void | Promise<void>;
}[] = [
  {
    what: 'small files',
    act: (source) => {
      for (let n = 0; n < 40; n += 1) writeFileSync(join(source, `small ${n}`), `${n}`);
    },
  },
  {
    what: 'deletions',
    prepare: (source) => {
      for (let n = 0; n < 40; n += 1) writeFileSync(join(source, `gone ${n}`), `${n}`);
      writeFileSync(join(source, 'stays'), 'stays');
    },
    act: (source) => {
      for (let n = 0; n < 40; n += 1) rmSync(join(source, `gone ${n}`));
    },
  },
  {
    what: 'a rename',
    prepare: (source) => {
      mkdirSync(join(source, 'old/in'), { recursive: true });
      writeFileSync(join(source, 'old/in/file'), 'file');
    },
    act: (source) => renameSync(join(source, 'old'), join(source, 'new')),
  },
  {
    what: 'a copy',
    prepare: (source) => writeFileSync(join(source, 'original'), randomBytes(4 * 1024 * 1024)),
    act: (source) => copyFileSync(join(source, 'original'), join(source, 'copy')),
  },
  { what: 'a checkpoint', act: (_, scene) => scene.askForCheckpoint() },
];

/** Whether it has begun something that its receiver has not answered. */
async function isAsking(agent: AgentProcess): Promise<boolean> {
  const [table] = await agent.locks();
  return table !== undefined && table.held + (table.underWay?.length ?? 0) > 0;
}

for (const { what, prepare = () => {}, act } of requests)
  test(`${what} asked for when the connections break, and while none comes about, is done soon after`, {
    timeout: 300_000,
  }, async (t) => {
    const scene = await setScene(t, prepare);
    const { world, proxy, agent } = scene;
    process.kill(world.receiver.pid, 'SIGSTOP');
    await act(world.source, scene);
    await waitFor('the receiver to be asked', () => isAsking(agent));
    proxy.refuses = true;
    proxy.cut();
    process.kill(world.receiver.pid, 'SIGCONT');
    await waitForReplica(agent, 'the loss to be seen', ({ link }) => link === 'Offline');
    await waitFor('everything to be given up', async () => !(await isAsking(agent)));
    proxy.refuses = false;
    await world.assertEqual(agent);
  });

test('all that a receiver was asked for when it was stopped, and killed then, is done by the next', {
  timeout: 300_000,
}, async (t) => {
  const scene = await setScene(t, (source) => requests.forEach(({ prepare }) => void prepare?.(source)));
  const { world, agent } = scene;
  process.kill(world.receiver.pid, 'SIGSTOP');
  for (const { act } of requests) await act(world.source, scene);
  await waitFor('the receiver to be asked', () => isAsking(agent));
  // Nothing breaks: that nobody answers has to be found out.
  await waitForReplica(agent, 'the loss to be seen', ({ link }) => link === 'Offline');
  await waitFor('everything to be given up', async () => !(await isAsking(agent)));
  await world.receiver.end('SIGKILL');
  await world.restartReceiver();
  await world.assertEqual(agent);
});
