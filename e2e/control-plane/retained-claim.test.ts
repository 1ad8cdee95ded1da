import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { canRun } from '../../sidecar/agent/watch/testing/watching-process.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import { rights } from '../../src/kubectl/rights.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { startProgram } from '../cluster/started-program.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import { type ControlPlane, type KubeItem, startControlPlane } from './control-plane.ts';
import { applyUploads, type DataPlane, settingsText, startDrReceiver, startSourcePod } from './data-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';
import { makeUser } from './user.ts';

const skip = !isApiServerBuilt(process.env)
  ? 'the programs of an apiserver are not in the cache'
  : !canRun('unshare', '-Ur', 'true') && 'needs a user namespace';
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const namespace = 'shop';
const claim = 'data-uploads-dr-0';

/** A real apiserver, operator, receiver and agent; what a kubelet and the other controllers would do is done here. */
describe('a target’s claim that stayed when its SyncReplica was deleted', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentProcess | undefined;
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const row = async () => (await srep())?.status?.volumes?.[0]?.replicas?.[0];
  const differences = (source: string) => compareTrees(join(folder, source), join(folder, 'replica/data'));
  const startBoth = async (): Promise<void> => {
    await startSourcePod(on);
    receiver = await startDrReceiver(on);
    agent = await startAgentProcess(on, ':');
  };
  const stopBoth = async (): Promise<void> => {
    await agent?.stop();
    await receiver?.stop();
    [agent, receiver] = [undefined, undefined];
  };
  const isGone = (kind: string, name: string) =>
    plane.until(`the ${kind} ${name} to be gone`, async () => (await plane.get(kind, name, namespace)) === undefined);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-retained-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    for (let n = 0; n < 20; n++) writeFileSync(join(folder, 'source', `f${n}`), `content ${n}`, { mode: 0o600 });
    plane = await startControlPlane();
    await plane.startOperator('operator-a');
    await applyUploads(plane, namespace);
    on = { plane, namespace, receiverHost: '127.83.0.33', folder };
    await startBoth();
    await plane.until('the replica to be in sync', async () => (await row())?.inSync === true);
  });
  after(async () => {
    await stopBoth();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is taken up by receivers that run as before, and kept from another source until a person has spoken', async () => {
    const owner = '1000:1000';
    const noted = async () =>
      (await plane.get('pvc', claim, namespace))?.metadata.annotations?.[annotations.replicaOwner];
    await plane.until('its owner to be noted', async () => (await noted()) === owner);
    await plane.kubectl('delete', 'srep', 'uploads', '-n', namespace, '--wait=false');
    await plane.until('its agent to be told to stop', async () => (await settingsText(on))?.includes('"targets":[]'));
    await stopBoth();
    for (const pod of ['web-1', 'uploads-dr-0'])
      await plane.kubectl('delete', 'pod', pod, '-n', namespace, '--force', '--grace-period=0');
    await isGone('srep', 'uploads');
    await isGone('statefulset', 'uploads-dr');
    assert.equal(await noted(), owner);
    assert.deepEqual(await differences('source'), []);

    // Another source: the claim of that name is another one, and so is what it holds.
    await plane.kubectl('delete', 'pvc', 'uploads', '-n', namespace, '--wait=false');
    const unprotected = JSON.stringify({ metadata: { finalizers: null } });
    await plane.kubectl('patch', 'pvc', 'uploads', '-n', namespace, '--type=merge', '-p', unprotected);
    await isGone('pvc', 'uploads');
    // To the nanosecond.
    execFileSync('cp', ['-a', join(folder, 'source'), join(folder, 'kept')]);
    for (const name of ['source', 'state', 'agent']) rmSync(join(folder, name), { recursive: true, force: true });
    for (const name of ['source', 'state']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'source/f1'), 'of another');
    await plane.apply(claimObject(namespace, 'uploads'), syncReplicaObject(namespace, 'uploads', {}));
    const first = await plane.until('receivers', () => plane.get('statefulset', 'uploads-dr', namespace));
    assert.equal(first.spec.template.spec.securityContext.runAsUser, 1_000, 'before any pod is there');

    await startBoth();
    await plane.until('the source to be refused', async () => (await row())?.lastError?.reason === 'OtherSource');
    assert.notEqual((await row())?.inSync, true);
    assert.deepEqual(await differences('kept'), [], 'nothing of it was touched');

    const kubeconfig = await makeUser(plane, { name: 'on-call', namespace, rules: rights, folder });
    const adopting = startProgram(
      process.execPath,
      [main, '--as-kubectl-plugin', 'adopt', 'uploads', '--yes', '-n', namespace],
      { env: { HOME: folder, KUBECONFIG: kubeconfig } },
    );
    assert.equal(await adopting.ended, 0, adopting.said());
    await plane.until('the new source to be there', async () => (await differences('source')).length === 0);
    await plane.until('it to be said', async () => (await row())?.inSync === true);
  });
});
