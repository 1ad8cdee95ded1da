import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { argoHealthOf } from '../../src/replication/status/argo-health.fixture.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { startProgram } from '../cluster/started-program.ts';
import { foreignSchemas, isForeign } from '../docs/foreign-kinds.ts';
import { blocks } from '../docs/read-documents.ts';
import { buildFluxApply } from '../gitops/apply-as-flux.ts';
import { type ControlPlane, startControlPlane, untilEstablished } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const byKustomize = ({ apiVersion }: { apiVersion: string }) => apiVersion.startsWith('kustomize.config.k8s.io/');
/** Objects of the pages that belong to Argo CD, Flux and the CSI snapshotter. */
const documented = blocks()
  .filter(({ objects }) => objects.some((object) => isForeign(object) && !byKustomize(object)))
  .map(({ where, objects }) => ({ where, objects }));

describe('what the pages write for Argo CD, Flux and snapshots, by the real schemas', { skip }, () => {
  let plane: ControlPlane;
  const folder = mkdtempSync(join(tmpdir(), 'gitops-'));
  const applyStrictly = async (...objects: readonly object[]): Promise<string> => {
    const file = join(folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return plane.kubectl('apply', '--server-side', '--validate=strict', '-f', file);
  };
  before(async () => {
    plane = await startControlPlane();
    const file = join(folder, 'crds.yaml');
    writeFileSync(file, (await foreignSchemas()).join('\n---\n'));
    await plane.kubectl('apply', '--server-side', '-f', file);
    await untilEstablished(plane, '-f', file);
    for (const name of ['argocd', 'flux-system', 'shop'])
      await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  });
  after(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('there are some of each', () => {
    const kinds = new Set(documented.flatMap(({ objects }) => objects.map(({ kind }) => kind)));
    for (const kind of ['Application', 'HelmRelease', 'OCIRepository', 'Kustomization'])
      assert.ok(kinds.has(kind), kind);
  });

  for (const { where, objects } of documented)
    test(`${where} is taken as it is, and refused with a field that is none`, async () => {
      await applyStrictly(...objects);
      for (const object of objects)
        await assert.rejects(applyStrictly({ ...object, spec: { ...object.spec, soruce: {} } }), /soruce/, object.kind);
    });

  test('a SyncReplica that no operator has seen is taken for done by nobody', async () => {
    await plane.apply(syncReplicaObject('shop', 'unseen', {}));
    const item = await plane.get('srep', 'unseen', 'shop');
    // kstatus calls what observed an earlier generation in progress, and what says nothing at all current.
    assert.deepEqual(item?.status, { observedGeneration: -1 });
    assert.match(argoHealthOf(item ?? {}), /^Progressing\|/);
    await plane.kubectl('delete', 'srep', 'unseen', '--namespace', 'shop');
  });

  test('Flux’s own library waits for the operator before it goes on', async () => {
    const file = join(folder, 'waited.json');
    writeFileSync(file, JSON.stringify(syncReplicaObject('shop', 'waited', {})));
    const words = ['-kubeconfig', plane.server.kubeconfig, '-namespace', 'shop', '-wait', file];
    const flux = startProgram(await buildFluxApply(), words);
    await flux.untilSays(/SyncReplica\/shop\/waited created/);
    await plane.startOperator('operator-a');
    assert.equal(await flux.ended, 0, flux.said());
    const item = await plane.get('srep', 'waited', 'shop');
    assert.equal(findCondition(item, 'Ready')?.status, 'True');
  });

  test('a SyncReplica in a wave before its claim lets the wave end, and then waits for what it needs', async () => {
    await plane.apply(syncReplicaObject('shop', 'web', {}));
    const conditionsOf = async () => (await plane.get('srep', 'web', 'shop')) ?? undefined;
    // As kstatus reads it: Flux waits by it, and the health script of Argo CD says Healthy.
    await plane.until('Ready', async () => {
      const item = await conditionsOf();
      const isCurrent =
        item?.status?.observedGeneration === (item?.metadata as unknown as { generation: number })?.generation;
      const [ready, reconciling, stalled] = ['Ready', 'Reconciling', 'Stalled'].map((type) =>
        findCondition(item, type),
      );
      return isCurrent && ready?.status === 'True' && reconciling?.status === 'False' && stalled?.status === 'False';
    });
    await plane.apply(claimObject('shop', 'web'));
    await plane.until(
      'what it waits for',
      async () => findCondition(await conditionsOf(), 'Ready')?.status === 'False',
    );
    assert.equal(findCondition(await conditionsOf(), 'Reconciling')?.status, 'True');
  });

  test('Argo CD’s health of what the API server has: each of its words', async () => {
    const untilHealth = (name: string, health: RegExp) =>
      plane.until(`${name} to be ${health}`, async () => {
        const item = await plane.get('srep', name, 'shop');
        return item && health.test(argoHealthOf(item));
      });
    await plane.apply(syncReplicaObject('shop', 'later', {}));
    await untilHealth('later', /^Healthy\|the claim later doesn't exist/);
    await plane.apply(claimObject('shop', 'later'));
    await untilHealth('later', /^Progressing\|target dr: 0 of 1 receivers/);
    const edit = (spec: object) =>
      plane.kubectl('patch', 'srep', 'later', '-n', 'shop', '--type=merge', '-p', JSON.stringify({ spec }));
    await edit({ paused: true });
    await untilHealth('later', /^Suspended\|nothing is sent/);
    await edit({ paused: false });
    await untilHealth('later', /^Progressing\|target dr: 0 of 1 receivers/);
    const source = { persistentVolumeClaim: 'later', access: 'Elevated' };
    await plane.apply(syncReplicaObject('shop', 'elevated', { source }));
    await untilHealth('elevated', /^Degraded\|spec\.source\.access is Elevated/);
    await plane.kubectl('label', 'namespace', 'shop', 'syncreplica.io/allow-elevated=true');
    await untilHealth('elevated', /^Progressing\|target dr: 0 of 1 receivers/);
  });
});
