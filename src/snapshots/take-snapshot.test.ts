import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations } from '../api/names.ts';
import type { ManagedTarget } from '../api/resolved-spec.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import type { VolumeSnapshot } from '../cluster/objects.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { groupSnapshots } from './snapshot-group.ts';
import { takeSnapshot } from './take-snapshot.ts';

test('what fails at one volume is told once no other holds writes, and what was taken meanwhile is known not to be whole', async () => {
  const there = new Map<string, VolumeSnapshot>();
  const late = Promise.withResolvers<void>();
  const client = {
    async create(_kind: unknown, object: VolumeSnapshot) {
      const name = object.metadata?.name ?? '';
      if (/-1-\d/.test(name)) throw new ClusterError('server', `create VolumeSnapshot ${name}: time is over`);
      await late.promise;
      there.set(name, { ...object, status: { creationTime: 'now', readyToUse: true } });
      return object;
    },
    get: async (_kind: unknown, { name }: { name: string }) => there.get(name),
    async patch(_kind: unknown, { name }: { name: string }, { metadata }: VolumeSnapshot) {
      const found = there.get(name) as VolumeSnapshot;
      const all = { ...found.metadata?.annotations, ...metadata?.annotations };
      there.set(name, { ...found, metadata: { ...found.metadata, annotations: all } as never });
    },
  } as unknown as ClusterClient;
  const ended: number[] = [];
  const part = (ordinal: number) => ({
    ordinal,
    hold: {
      begin: async () => ({ heldAt: 0, isCheckpoint: true }),
      async end() {
        ended.push(ordinal);
        if (ordinal === 1) late.resolve();
        return { wasHeld: true };
      },
      close() {},
    },
  });
  const replica = { metadata: { name: 'uploads', namespace: 'shop' }, spec: {} } as SyncReplica;
  const target = { kind: 'managed', name: 'dr', managed: {} } as ManagedTarget;
  const takenAtMs = Date.parse('2030-01-01T12:00:00Z');
  const means = { client, clock: createManualClock(takenAtMs) };
  await assert.rejects(takeSnapshot(means, replica, target, [part(0), part(1)], takenAtMs), /time is over/);
  assert.deepEqual(new Set(ended), new Set([0, 1]));
  const [group] = groupSnapshots([...there.values()]);
  assert.deepEqual(
    [group?.members.length, group?.members[0]?.metadata?.annotations?.[annotations.atCheckpoint]],
    [1, 'true'],
  );
  assert.deepEqual([group?.isReady, group?.error], [false, 'of 2 volumes 1 were taken']);
});
