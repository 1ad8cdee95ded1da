import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterClient } from '../../cluster/client.ts';
import { ClusterError } from '../../cluster/cluster-error.ts';
import { decideDeletion } from '../decide/decide-deletion.ts';
import { look, now, replicaOf, worldOf } from '../decide/observed.fixture.ts';
import { carryOut } from './carry-out.ts';

/** An API server that has forgotten the SyncReplica, and writes down what it is asked for all the same. */
const forgetful = () => {
  const asked: string[] = [];
  const gone = async (resource: { kind: string }): Promise<never> => {
    throw new ClusterError('notFound', `patch ${resource.kind}: it is not there`);
  };
  const client = {
    patch: gone,
    patchStatus: gone,
    async apply(resource: { kind: string }, object: object) {
      asked.push(resource.kind);
      return object;
    },
  } as unknown as ClusterClient;
  return { asked, client };
};

test('for a SyncReplica that is gone by then nothing is made, and the end of one that is gone is no failure', async () => {
  const { asked, client } = forgetful();
  const observed = worldOf();
  const plan = { ...look(observed), status: undefined };
  assert.equal(plan.finalizer, 'set');
  const done = await carryOut(client, observed, plan, [], 0, 0);
  assert.deepEqual(asked, []);
  assert.match(done.failedApply?.message ?? '', /it is not there/);

  const deletionTimestamp = new Date(now.wallMs).toISOString();
  const ending = worldOf({ replica: replicaOf({}, { deletionTimestamp, finalizers: ['syncreplica.io/replicas'] }) });
  const end = decideDeletion(ending, now);
  assert.equal(end.finalizer, 'remove');
  assert.equal((await carryOut(client, ending, end, [], 0, 0)).failedApply, undefined);
});
