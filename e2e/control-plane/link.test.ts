import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AgentHandle } from '../../sidecar/agent/main.ts';
import { waitFor, waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type DataPlane, startDrReceiver, startSourceAgent, startSourcePod, textsOf } from './data-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const main = join(import.meta.dirname, '../../src/cli/main.ts');

/** The receiver's side: its source is the other cluster's. */
const elsewhere = (type: string) =>
  syncReplicaObject(namespace, 'uploads', {
    source: { elsewhere: true },
    targets: [{ name: 'dr', managed: { storage: '1Gi', service: { type } } }],
  });

describe('two clusters, a real apiserver and operator each', { skip }, () => {
  let active: ControlPlane;
  let standby: ControlPlane;
  let here: DataPlane;
  let there: DataPlane;
  let folder: string;
  let receiver: Receiver | undefined;
  let agent: AgentHandle | undefined;
  const link = (...more: string[]) => linkAs('uploads', ...more);
  const linkAs = (name: string, ...more: string[]) =>
    spawnSync(
      process.execPath,
      [
        ...[main, '--as-kubectl-plugin', 'link', name, '--namespace', namespace],
        ...[
          '--kubeconfig',
          active.server.kubeconfig,
          '--to',
          'uploads/dr',
          '--to-kubeconfig',
          standby.server.kubeconfig,
        ],
        ...more,
      ],
      { encoding: 'utf8', env: { PATH: process.env.PATH } },
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-link-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    [active, standby] = await Promise.all([startControlPlane(), startControlPlane()]);
    const on = { namespace, receiverHost: '127.83.0.8', folder };
    here = { ...on, plane: active };
    there = { ...on, plane: standby };
    for (const plane of [active, standby])
      await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await active.apply(claimObject(namespace, 'uploads'));
    const external = { address: 'nowhere.example.com', module: 'x', tls: 'None', allowPlaintext: true };
    await active.apply(
      syncReplicaObject(namespace, 'uploads', { minInSync: 0, targets: [{ name: 'other', external }] }),
    );
    await standby.apply(elsewhere('ClusterIP'));
    const environment = { SYNCREPLICA_EXTERNAL_TARGETS_ALLOW: '127.0.0.0/8,nowhere.example.com' };
    await Promise.all([
      active.startOperator('operator-here', { environment }),
      standby.startOperator('operator-there'),
    ]);
    await startSourcePod(here);
  });
  after(async () => {
    await agent?.stop(100);
    await receiver?.stop();
    await Promise.all([active?.stop(), standby?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('what is not offered, or has no address, is not linked, and says what to do', async () => {
    const closed = link();
    assert.equal(closed.status, 1);
    assert.match(closed.stderr, /not offered to other clusters\n {2}write managed\.service\.type: LoadBalancer/);
    assert.equal(await active.get('secret', 'uploads-standby-link', namespace), undefined);
    await standby.apply(elsewhere('NodePort'));
    await standby.until('the writer’s Secret', () => textsOf(there, 'uploads-dr-srep-writer'));
    assert.match(link('--timeout', '0s').stderr, /its Service has no address yet\n {2}give one/);
    assert.match(link('--path', 'data').stderr, /name its --claim/);
    assert.equal(link('--to', 'uploads').status, 2);
  });

  test('linked, the source there is replicated to the receiver here; again it renews and changes nothing else', async () => {
    receiver = await startDrReceiver(there);
    const made = link('--address', `${there.receiverHost}:8730`);
    assert.equal(made.status, 0, made.stderr);
    assert.match(
      made.stdout,
      /Secret uploads-standby-link made\nuploads: target standby is 127\.83\.0\.8:8730, shop\.uploads-dr-0/,
    );
    assert.match(link('--address', `${there.receiverHost}:8730`).stdout, /nothing to renew/);
    // Who reaches it by an address that its certificate has not says by which name it is known.
    const named = join(folder, 'named.kubeconfig');
    const config = await standby.kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json');
    const write = (name: string): void => {
      const { clusters, ...rest } = JSON.parse(config);
      const [{ cluster, ...one }] = clusters;
      const known = [{ ...one, cluster: { ...cluster, 'tls-server-name': name } }];
      writeFileSync(named, JSON.stringify({ ...rest, clusters: known }));
    };
    write('localhost');
    const again = ['--to-kubeconfig', named, '--address', `${there.receiverHost}:8730`];
    assert.match(link(...again).stdout, /nothing to renew/);
    write('somebody-else.example');
    assert.match(link(...again).stderr, /somebody-else\.example/);

    const spec = (await active.get('srep', 'uploads', namespace))?.spec;
    assert.deepEqual(spec.targets.map(({ name }: { name: string }) => name).sort(), ['other', 'standby']);
    // The target that is nowhere goes; the agent of this test has one.
    const only = spec.targets.filter(({ name }: { name: string }) => name === 'standby');
    await active.kubectl(
      ...[
        'patch',
        'srep',
        'uploads',
        '-n',
        namespace,
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { targets: only } }),
      ],
    );
    writeFileSync(join(folder, 'source', 'first'), 'x');
    agent = await startSourceAgent(here);
    await waitUntilSettled(agent);
    assert.deepEqual(readdirSync(join(folder, 'replica/data')), ['first']);

    await standby.until('the other side to say so too', async () => {
      const there = await standby.get('srep', 'uploads', namespace);
      return there?.status?.inSync === '1/1' && findCondition(there, 'InSync')?.status === 'True';
    });
    await active.kubectl('delete', 'secret', 'uploads-standby-link', '-n', namespace);
    assert.match(link('--address', `${there.receiverHost}:8730`).stdout, /^Secret uploads-standby-link made\n$/);
  });

  test('promoted there, what the source here had and did not send is said there, and the source is refused', async () => {
    await standby.kubectl('annotate', 'srep', 'uploads', '-n', namespace, `${annotations.promote}=dr`);
    const promotion = await standby.until('the fence', async () => {
      const found = (await standby.get('srep', 'uploads', namespace))?.status?.promotions?.[0];
      return found?.fencedAt === undefined ? undefined : found;
    });
    // A source that was linked a moment ago may not have handed over its first report.
    assert.match(
      promotion.loss,
      /^(nothing: nothing was pending when the source was last heard|not known: nobody was heard of the source; the target holds all that the source had at )/,
    );
    assert.equal(promotion.claims[0].claim, 'data-uploads-dr-0');
    await waitFor('the refusal', () => agent?.status().replicas[0]?.lastError?.reason === 'Promoted');
    assert.equal(agent?.status().replicas[0]?.notInSync?.reason, 'Promoted');
  });

  test('demoted there, it is the source here that counts again: it is let in without adopting anything', async () => {
    const fencedAt = (await standby.get('srep', 'uploads', namespace))?.status.promotions[0].fencedAt;
    await receiver?.stop();
    await standby.kubectl('delete', 'pod', 'uploads-dr-0', '-n', namespace, '--force', '--grace-period=0');
    await standby.kubectl(
      ...['annotate', 'srep', 'uploads', '-n', namespace],
      ...[`${annotations.promote}-`, `${annotations.demote}=${fencedAt}`],
    );
    await standby.until(
      'a receiver is wanted',
      async () => (await standby.get('statefulset', 'uploads-dr', namespace))?.spec.replicas === 1,
    );
    receiver = await startDrReceiver(there);
    writeFileSync(join(folder, 'source', 'second'), 'x');
    await waitFor('the source’s change', () => readdirSync(join(folder, 'replica/data')).includes('second'));
  });

  test('with --claim the source’s SyncReplica is made too, and adopts where it is told to', async () => {
    const more = ['--claim', 'old', '--path', 'data', '--adopt', '--address', `${there.receiverHost}:8730`];
    const made = linkAs('uploads-back', ...more);
    assert.match(made.stdout, /Secret uploads-back-standby-link made\nSyncReplica uploads-back made\n/, made.stderr);
    assert.match(linkAs('uploads-back', ...more).stdout, /nothing to renew/);
    const found = await active.get('srep', 'uploads-back', namespace);
    assert.deepEqual(found?.spec.source, { persistentVolumeClaim: 'old', path: 'data', access: 'SameUser' });
    assert.equal(found?.metadata.annotations?.[annotations.adopt], 'any');
    assert.equal(found?.spec.targets[0].external.module, 'shop.uploads-dr-0');
  });
});
