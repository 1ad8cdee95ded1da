import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AgentHandle } from '../../sidecar/agent/main.ts';
import { waitFor, waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import { settingsGenerationAnnotation } from '../../src/replication/loop/nudge.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, type OperatorProcess, startControlPlane } from './control-plane.ts';
import {
  applyUploads,
  type DataPlane,
  settingsText,
  startDrReceiver,
  startSourceAgent,
  startSourcePod,
  writeReceiverCerts,
} from './data-plane.ts';
import { findCondition } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

/** A real apiserver, operator, receiver and agent; what a kubelet would do is done here. */
describe('promotion on a real apiserver, with a receiver and an agent', { skip }, () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentHandle;
  const source = (): string => join(folder, 'source');
  const data = (): string => join(folder, 'replica', 'data');
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const promotion = async () => (await srep())?.status?.promotions?.[0];
  const annotate = (...values: string[]) =>
    plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', ...values);
  const replicas = async (): Promise<number> =>
    (await plane.get('statefulset', 'uploads-dr', namespace))?.spec.replicas;
  const stopReceiver = async (): Promise<void> => {
    await receiver?.stop();
    receiver = undefined;
    await plane.kubectl('delete', 'pod', 'uploads-dr-0', '-n', namespace, '--force', '--grace-period=0');
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-promotion-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    plane = await startControlPlane();
    await applyUploads(plane, namespace);
    operator = await plane.startOperator('operator-a');
    on = { plane, namespace, receiverHost: '127.83.0.7', folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on);
    agent = await startSourceAgent(on);
    writeFileSync(join(source(), 'first'), 'x');
    await waitUntilSettled(agent);
    await plane.until('the replica is in sync', async () => (await srep())?.status?.inSync === '1/1');
  });
  after(async () => {
    await agent?.stop(100);
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the source lives and writes: fenced at once, acknowledged, said what is lost, and its receivers stop', async (t) => {
    let written = 0;
    const writing = setInterval(() => writeFileSync(join(source(), `file-${written++}`), 'y'), 20);
    t.after(() => clearInterval(writing));
    await waitFor('changes to flow', () => readdirSync(data()).length > 10);
    await annotate(`${annotations.promote}=dr`);
    const fenced = await plane.until('the fence', async () => {
      const found = await promotion();
      return found?.fencedAt === undefined ? undefined : found;
    });
    const held = readdirSync(data()).sort();
    assert.equal(fenced.requestedBy, 'kubectl-annotate');
    assert.ok(Math.abs(Date.parse(fenced.requestedAt) - Date.now()) < 120_000);
    assert.match(fenced.loss, /^(nothing|\d+\.\d+ s, \d+ changes?, from )/);
    assert.match(fenced.manifest, /claimName: data-uploads-dr-0/);
    await plane.until('no receiver is wanted', async () => (await replicas()) === 0);
    await waitFor('the refusal', () => agent.status().replicas[0]?.lastError?.reason === 'Promoted');
    assert.deepEqual(readdirSync(data()).sort(), held, 'nothing comes any more');
    clearInterval(writing);
    assert.equal(findCondition(await srep(), 'Promoted')?.reason, 'Releasing');
    assert.deepEqual(JSON.parse((await settingsText(on)) ?? '{}').targets, []);
    await stopReceiver();
    await plane.until('the claim is free', async () => findCondition(await srep(), 'Promoted')?.status === 'True');
    const [row] = (await srep())?.status.volumes[0].replicas ?? [];
    assert.deepEqual([row.state, row.inSync], ['Promoted', false]);
    assert.deepEqual(
      (await promotion()).conditions.map((one: { type: string; status: string }) => `${one.type} ${one.status}`),
      ['Drained True', 'Fenced True', 'Released True'],
    );
  });

  test('an operator that begins anew goes on where the other was, and removing the order undoes nothing', async () => {
    operator.kill('SIGKILL');
    await operator.exited;
    await annotate(`${annotations.promote}-`);
    operator = await plane.startOperator('operator-b');
    const { fencedAt } = await promotion();
    await annotate(`${annotations.syncRequestedAt}=now`);
    await plane.until('operator-b to do something', async () => (await settingsText(on))?.includes('"sync":"now"'));
    assert.equal((await promotion()).fencedAt, fencedAt);
    assert.equal(await replicas(), 0);
  });

  test('demoted it is a target again, and the source replaces what came to be there', async () => {
    const { fencedAt } = await promotion();
    writeFileSync(join(data(), 'of-the-application'), 'z');
    await annotate(`${annotations.demote}=${fencedAt}`);
    await plane.until('a receiver is wanted', async () => (await replicas()) === 1);
    receiver = await startDrReceiver(on);
    await plane.until('the promotion is over', async () => (await promotion()) === undefined);
    await agent.stop(100);
    agent = await startSourceAgent(on);
    await waitUntilSettled(agent);
    assert.deepEqual(readdirSync(data()).sort(), readdirSync(source()).sort());
  });

  test('cut off just after it was asked for, another operator does it; once more it is another promotion', async () => {
    // A password that was made anew is not in the pod yet: the kubelet brings it once it is asked to.
    await plane.kubectl('delete', 'secret', 'uploads-dr-srep-receiver', '-n', namespace);
    await plane.until('another password', () => plane.get('secret', 'uploads-dr-srep-receiver', namespace));
    await annotate(`${annotations.promote}=dr`);
    operator.kill('SIGKILL');
    await operator.exited;
    operator = await plane.startOperator('operator-c');
    await plane.until('the kubelet to be asked', async () => {
      const pod = await plane.get('pod', 'uploads-dr-0', namespace);
      return pod?.metadata.annotations?.[settingsGenerationAnnotation] !== undefined;
    });
    assert.equal((await promotion())?.fencedAt, undefined);
    await writeReceiverCerts(on);
    await plane.until('the fence', async () => (await promotion())?.fencedAt !== undefined);
    assert.notEqual((await srep())?.metadata.annotations?.[annotations.demote], (await promotion()).fencedAt);
    await plane.until('no receiver is wanted', async () => (await replicas()) === 0);
    await stopReceiver();
    await plane.until('the claim is free', async () => findCondition(await srep(), 'Promoted')?.status === 'True');
  });
});
