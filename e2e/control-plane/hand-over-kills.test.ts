import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeRandom } from '../../sidecar/agent/watch/testing/storm.ts';
import { annotations, ports } from '../../src/api/names.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type StartedProgram, startProgram } from '../cluster/started-program.ts';
import { type ControlPlane, type KubeItem, type OperatorProcess, startControlPlane } from './control-plane.ts';
import {
  agentSettings,
  applyUploads,
  type DataPlane,
  startReceiverPod,
  startSourcePod,
  writeReceiverCerts,
} from './data-plane.ts';
import { findCondition } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const rounds = Number(process.env.SYNCREPLICA_TEST_ROUNDS ?? 2);
const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Operator, receiver and agent are processes of their own; each is killed at random points of the hand-over, and started again. */
describe('a hand-over that is cut off anywhere', { skip }, () => {
  const random = makeRandom(seed);
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let operators = 0;
  let folder: string;
  let on: DataPlane;
  let receiver: StartedProgram | undefined;
  let agent: StartedProgram | undefined;
  const source = (): string => join(folder, 'source');
  const data = (): string => join(folder, 'replica', 'data');
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const promotion = async () => (await srep())?.status?.promotions?.[0];
  const annotate = (...values: string[]) =>
    plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', ...values);
  const run = (script: string): StartedProgram =>
    startProgram(process.execPath, ['--input-type=module', '-e', script], { ownGroup: true });
  const moduleOf = (path: string): string => JSON.stringify(join(import.meta.dirname, '../..', path));

  const startReceiver = (): void => {
    const options = {
      directory: join(folder, 'replica'),
      volume: `${namespace}.uploads-dr-0`,
      host: on.receiverHost,
      port: ports.receiver,
      credentials: { directory: join(folder, 'certs') },
    };
    receiver = run(`const { createReceiver } = await import(${moduleOf('sidecar/receiver/receiver.ts')});
      await createReceiver(${JSON.stringify(options)}).start(); console.log('it runs');`);
  };
  const startAgent = (): void => {
    const options = join(folder, 'agent.json');
    agent = run(`const { readFileSync } = await import('node:fs');
      const { runAgent } = await import(${moduleOf('sidecar/agent/main.ts')});
      const { silentLogger } = await import(${moduleOf('src/process/log/logger.ts')});
      const { tls, ...rest } = JSON.parse(readFileSync(${JSON.stringify(options)}));
      await runAgent({ ...rest, api: { host: '127.0.0.1', port: 0, tls: () => tls }, logger: silentLogger });`);
  };
  const kill = async (program: StartedProgram | undefined): Promise<void> => {
    program?.signal('SIGKILL');
    await program?.ended;
  };
  const startOperator = async (): Promise<void> => {
    operators += 1;
    operator = await plane.startOperator(`operator-${operators}`);
  };

  /** Kills one of those that run, at a random moment from now, and starts it again at another. */
  const strike = async (isReceiverThere: () => boolean): Promise<string> => {
    const delayMs = Math.round(random() * 2_500);
    const pauseMs = Math.round(random() * 500);
    const victim = (['operator', 'receiver', 'agent'] as const)[Math.floor(random() * 3)];
    await sleep(delayMs);
    if (victim === 'operator') {
      operator.kill('SIGKILL');
      await operator.exited;
      await sleep(pauseMs);
      await startOperator();
    } else if (victim === 'agent') {
      await kill(agent);
      await sleep(pauseMs);
      startAgent();
    } else if (isReceiverThere()) {
      await kill(receiver);
      await sleep(pauseMs);
      if (isReceiverThere()) startReceiver();
    }
    return `${victim} after ${delayMs} ms for ${pauseMs} ms`;
  };

  const strikeTwice = async (isReceiverThere: () => boolean): Promise<string[]> => {
    const first = await strike(isReceiverThere);
    return [first, await strike(isReceiverThere)];
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-kills-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    plane = await startControlPlane();
    await applyUploads(plane, namespace);
    await startOperator();
    on = { plane, namespace, receiverHost: '127.83.0.31', folder };
    await startSourcePod(on);
    await writeReceiverCerts(on);
    startReceiver();
    await startReceiverPod(on);
    writeFileSync(join(folder, 'agent.json'), JSON.stringify(await agentSettings(on)));
    startAgent();
    writeFileSync(join(source(), 'first'), 'x');
    await plane
      .until('the replica is in sync', async () => (await srep())?.status?.inSync === '1/1')
      .catch((cause) => {
        throw new Error(`receiver: ${receiver?.said()}\nagent: ${agent?.said()}`, { cause });
      });
  });
  after(async () => {
    await kill(agent);
    await kill(receiver);
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`there and back ${rounds} times, KILL_SEED=${seed}`, async (t) => {
    let written = 0;
    const writing = setInterval(() => writeFileSync(join(source(), `file-${written++}`), 'y'), 25);
    t.after(() => clearInterval(writing));
    for (let round = 0; round < rounds; round += 1) {
      await plane.until('changes to flow', async () => readdirSync(data()).length > round * 20 + 10);
      await annotate(`${annotations.promote}=dr`);
      let isReleased = false;
      const there = strikeTwice(() => !isReleased);
      const fenced = await plane.until('the fence', async () => {
        const found = await promotion();
        return found?.fencedAt === undefined ? undefined : found;
      });
      // From here on the target is what it is, whoever is killed or comes back.
      const held = readdirSync(data()).sort();
      assert.match(fenced.loss, /^(nothing|not known|\d+\.\d+ s, \d+ changes?, from )/);
      await plane.until('no receiver is wanted', async () => {
        return (await plane.get('statefulset', 'uploads-dr', namespace))?.spec.replicas === 0;
      });
      isReleased = true;
      for (const what of await there) t.diagnostic(`round ${round}, there: ${what}`);
      await kill(receiver);
      await plane.kubectl('delete', 'pod', 'uploads-dr-0', '-n', namespace, '--force', '--grace-period=0');
      await plane.until('the claim is free', async () => findCondition(await srep(), 'Promoted')?.status === 'True');
      const again = await promotion();
      assert.deepEqual(
        [again.fencedAt, again.loss, again.requestedAt],
        [fenced.fencedAt, fenced.loss, fenced.requestedAt],
      );
      writeFileSync(join(data(), `of-the-application-${round}`), 'z');
      assert.deepEqual(
        readdirSync(data()).filter((name) => !name.startsWith('of-the-application')),
        held.filter((name) => !name.startsWith('of-the-application')),
        'nothing came after the fence',
      );

      await annotate(`${annotations.promote}-`, `${annotations.demote}=${fenced.fencedAt}`);
      startReceiver();
      await startReceiverPod(on);
      const back = strikeTwice(() => true);
      await plane.until('the promotion is over', async () => (await promotion()) === undefined);
      for (const what of await back) t.diagnostic(`round ${round}, back: ${what}`);
    }
    clearInterval(writing);
    // What the last kill left unacknowledged is sent again, and for a moment its directory has the time of that.
    await plane.until('it to be said that the target is its source, and to be so', async () => {
      const isSaid = (await srep())?.status?.inSync === '1/1';
      return isSaid && (await compareTrees(source(), data())).length === 0;
    });
  });
});
