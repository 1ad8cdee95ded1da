import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, startControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const names = Array.from({ length: 9 }, (_, at) => `app-${at}`);
/** Of so few SyncReplicas, at a time. */
const width = 5;

describe('an operator of another version, whose receivers are others', { skip }, () => {
  let plane: ControlPlane;
  const sets = (): Promise<KubeItem[]> => plane.list('statefulsets', namespace);
  const imageOf = (set: KubeItem): string => set.spec.template.spec.containers[0].image;
  const replaced = async (): Promise<KubeItem[]> => (await sets()).filter((set) => imageOf(set) === 'agent:next');

  /** As its controller does once the pods of the last template are ready. */
  const finish = async (set: KubeItem): Promise<void> => {
    const { generation } = set.metadata as unknown as { generation: number };
    const revision = `revision-${generation}`;
    const status = {
      observedGeneration: generation,
      replicas: 1,
      readyReplicas: 1,
      currentRevision: revision,
      updateRevision: revision,
    };
    const where = ['-n', namespace, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await plane.kubectl('patch', 'statefulset', set.metadata.name, ...where);
  };

  before(async () => {
    plane = await startControlPlane();
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...names.flatMap((name) => [claimObject(namespace, name), syncReplicaObject(namespace, name, {})]),
    );
  });
  after(() => plane?.stop());

  test('has a few replaced at a time, and goes on as they are ready', async () => {
    const first = await plane.startOperator('operator-a');
    const made = await plane.until('all receivers', async () => {
      const found = await sets();
      return found.length === names.length && found;
    });
    for (const set of made) await finish(set);
    await plane.until('every edit to be observed', async () =>
      (await plane.list('srep', namespace)).every(
        ({ metadata, status }) =>
          status?.observedGeneration === (metadata as unknown as { generation: number }).generation,
      ),
    );
    first.kill('SIGTERM');
    await first.exited;
    const next = await plane.startOperator('operator-b', { environment: { SYNCREPLICA_AGENT_IMAGE: 'agent:next' } });
    await plane.until('the first', async () => (await replaced()).length >= width);
    let done = 0;
    while (done < names.length) {
      const present = await replaced();
      assert.ok(present.length - done <= width, `${present.length} were replaced, of which ${done} are ready`);
      const open = present.filter(({ metadata, status }) => {
        return status.observedGeneration < (metadata as unknown as { generation: number }).generation;
      });
      for (const set of open.slice(0, 2)) {
        await finish(set);
        done += 1;
      }
      const expected = Math.min(names.length, done + 1);
      await plane.until(`${expected} receivers`, async () => (await replaced()).length >= expected);
    }
    assert.equal(done, names.length);
    assert.ok(next.isRunning());
  });
});
