import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { canRun } from '../../sidecar/agent/watch/testing/watching-process.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import { rights } from '../../src/kubectl/rights.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { startProgram } from '../cluster/started-program.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import { type ControlPlane, type KubeItem, type OperatorProcess, startControlPlane } from './control-plane.ts';
import {
  applyUploads,
  type DataPlane,
  settingsText,
  startBarePod,
  startDrReceiver,
  startSourcePod,
} from './data-plane.ts';
import { claimObject } from './objects.ts';
import { makeUser } from './user.ts';

const skip = !isApiServerBuilt(process.env)
  ? 'the programs of an apiserver are not in the cache'
  : !canRun('unshare', '-Ur', 'sh', '-c', 'echo 60 > /proc/sys/user/max_inotify_watches') && 'needs a user namespace';
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const namespace = 'shop';
const watches = 60;
const stranger = 54_321;

/** A real apiserver, operator, receiver and agent, in one life: each change is told by an Event, once. */
describe('what Events tell, on a real apiserver, with a receiver and an agent', { skip }, () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let folder: string;
  let kubeconfig: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentProcess | undefined;
  const source = (name = ''): string => join(folder, 'source', name);
  const data = (name = ''): string => join(folder, 'replica', 'data', name);
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const row = async () => (await srep())?.status?.volumes?.[0]?.replicas?.[0];
  const annotate = (...values: string[]) =>
    plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', ...values);
  const eventsOn = async (kind: string, reason: string): Promise<KubeItem[]> =>
    (await plane.list('events.events.k8s.io', namespace)).filter(
      (event) => event.regarding.kind === kind && event.reason === reason,
    );
  /** Waits until it is told on the SyncReplica and on whatever makes the source's pods: one Event each. */
  const told = async (reason: string, says: RegExp, most = 1): Promise<void> => {
    for (const kind of ['SyncReplica', 'Deployment']) {
      const found = await plane.until(`${reason} on the ${kind}`, async () => {
        const all = (await eventsOn(kind, reason)).filter(({ note }) => says.test(note));
        return all.length > 0 && all;
      });
      assert.ok(found.length <= most, `${reason} on the ${kind}: ${found.map(({ note }) => note).join('; ')}`);
      assert.equal(found[0]?.regarding.name, kind === 'Deployment' ? 'web' : 'uploads');
    }
  };
  const inSync = () => plane.until('the replica to be in sync', async () => (await row())?.inSync === true);
  const run = (...words: string[]) =>
    startProgram(process.execPath, [main, '--as-kubectl-plugin', ...words, '-n', namespace], {
      env: { HOME: folder, KUBECONFIG: kubeconfig },
    });
  const stopReceiver = async (): Promise<void> => {
    await receiver?.stop();
    receiver = undefined;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-told-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    for (let n = 0; n < 50; n++) writeFileSync(source(`f${n}`), `content ${n}`);
    plane = await startControlPlane();
    operator = await plane.startOperator('operator-a');
    await plane.until('the operator to be ready', operator.isReady);
    await applyUploads(plane, namespace, { sync: { deleteGuard: { minFiles: 10, maxPercent: 20, keep: '1h' } } });
    await plane.until('the SyncReplica to be looked at', async () => (await srep())?.status?.volumes?.length === 1);
    kubeconfig = await makeUser(plane, { name: 'on-call', namespace, rules: rights, folder });
    on = { plane, namespace, receiverHost: '127.83.0.10', folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on);
    agent = await startAgentProcess(on, `echo ${watches} > /proc/sys/user/max_inotify_watches`);
    await inSync();
  });
  after(async () => {
    await agent?.stop();
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a beginning, step by step', async () => {
    await told('Injected', /every pod/);
    assert.equal((await eventsOn('SyncReplica', 'ReplicaNew')).length, 1);
    for (const reason of ['InitialPassFinished', 'ReplicaOnline', 'InSyncGrown']) await told(reason, /uploads on dr/);
  });

  test('a pod that started without its agent', async () => {
    await startBarePod(on);
    await told('SidecarMissing', /kubectl rollout restart deployment\/web -n shop/);
    await plane.kubectl('delete', 'pod', 'web-2', '-n', namespace, '--force', '--grace-period=0');
    await plane.until('all pods to have their agent', async () =>
      (await srep())?.status?.conditions.some(
        ({ type, status }: { type: string; status: string }) => type === 'Injected' && status === 'True',
      ),
    );
  });

  test('a mass of deletions, with how to put back what it took', async () => {
    for (let n = 0; n < 40; n++) rmSync(source(`f${n}`));
    await told('DeletesKept', /syncreplica\.io\/undelete=/);
  });

  test('a target that rotted, and is mended', async () => {
    writeFileSync(data('f45'), 'CONTENT 45');
    // To the nanosecond: else a look at times finds it before contents are compared.
    execFileSync('touch', ['-r', source('f45'), data('f45')]);
    await annotate(`${annotations.verifyRequestedAt}=now`);
    await told('Diverged', /1 entries of uploads on dr differ/);
    await told('Repaired', /1 entries of uploads on dr that differed were mended/);
    assert.equal(readFileSync(data('f45'), 'utf8'), 'content 45');
  });

  test('a link that flaps makes a handful, which count', async () => {
    const before = (await plane.list('events.events.k8s.io', namespace)).length;
    const flaps = 2;
    for (let flap = 0; flap < flaps; flap++) {
      await stopReceiver();
      await plane.until('the replica to be offline', async () => (await row())?.state === 'Offline');
      // What flaps faster than the operator hears of it.
      for (let quick = 0; quick < 3; quick++) {
        receiver = await startDrReceiver(on);
        await stopReceiver();
      }
      receiver = await startDrReceiver(on);
      await inSync();
    }
    const moved = await operator.metrics('syncreplica_state_transitions_total{from="Online",to="Offline"}');
    assert.ok([...moved.values()].every((count) => count >= flaps) && moved.size === 1, 'the operator saw each');
    for (const reason of ['InSyncShrunk', 'InSyncGrown', 'ReplicaOnline']) await told(reason, /uploads on dr/);
    // With why, where the agent could say it in time, and without.
    await told('ReplicaOffline', /uploads on dr/, 2);
    const made = (await plane.list('events.events.k8s.io', namespace)).length - before;
    assert.ok(made <= 10, `${made} Events of ${flaps} flaps, on both objects`);
  });

  test('a limit of watches', async () => {
    for (let n = 0; n < 2 * watches; n++) mkdirSync(source(`d${n}`));
    await told('WatchLimitReached', /have no watch/);
    for (let n = 0; n < 2 * watches; n++) rmSync(source(`d${n}`), { recursive: true });
    await inSync();
  });

  test('a file that the agent may not read', async () => {
    writeFileSync(source('private'), 'x', { mode: 0o600 });
    chownSync(source('private'), stranger, stranger);
    await told('PermissionDenied', /1 entries of uploads can't be copied to dr, for example private/);
    rmSync(source('private'));
    await inSync();
  });

  test('promote and demote, by their verbs with the rights of who is on call', async () => {
    const refused = run('promote', 'uploads', 'dr');
    assert.equal(await refused.ended, 1);
    assert.match(refused.said(), /--yes/);
    const promoting = run('promote', 'uploads', 'dr', '--yes');
    await plane.until(
      'no receiver to be wanted',
      async () => (await plane.get('statefulset', 'uploads-dr', namespace))?.spec.replicas === 0,
    );
    await stopReceiver();
    await plane.kubectl('delete', 'pod', 'uploads-dr-0', '-n', namespace, '--force', '--grace-period=0');
    assert.equal(await promoting.ended, 0, promoting.said());
    assert.match(promoting.said(), /uploads: dr is promoted, and its claims are free; lost: /);
    await told('Promoted', /dr refuses every writer from now on; lost: /);
    const demoting = run('demote', 'uploads', 'dr', '--yes');
    await plane.until(
      'a receiver to be wanted',
      async () => (await plane.get('statefulset', 'uploads-dr', namespace))?.spec.replicas === 1,
    );
    receiver = await startDrReceiver(on);
    assert.equal(await demoting.ended, 0, demoting.said());
    await told('Demoted', /dr is a target again/);
    await inSync();
  });

  test('another source at a target that holds the data of this one', async () => {
    await agent?.stop();
    rmSync(join(folder, 'agent'), { recursive: true });
    await plane.kubectl('delete', 'pvc', 'uploads', '-n', namespace, '--wait=false');
    // As the controller that protects claims does once no pod has it.
    const unprotected = JSON.stringify({ metadata: { finalizers: null } });
    await plane.kubectl('patch', 'pvc', 'uploads', '-n', namespace, '--type=merge', '-p', unprotected);
    await plane.until('the claim to be gone', async () => (await plane.get('pvc', 'uploads', namespace)) === undefined);
    await plane.apply(claimObject(namespace, 'uploads'));
    const uid = (await plane.get('pvc', 'uploads', namespace))?.metadata.uid ?? assert.fail('no claim');
    await plane.until('settings of the new claim', async () => (await settingsText(on))?.includes(uid));
    agent = await startAgentProcess(on, ':');
    await told('WriterRefused', /holds the data of another source/);
  });
});
