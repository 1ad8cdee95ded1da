import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaStatusRow, SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { plainPaint } from '../../terminal/terminal.ts';
import { renderReplica } from './render-replica.ts';

const mib = 1024 ** 2;

const shownOf = (progress: ReplicaStatusRow['progress']): string | undefined => {
  const conditions = [{ type: 'Ready', status: 'True', reason: 'AllInPlace', message: '', lastTransitionTime: '' }];
  const row = { target: 'dr', state: 'New', inSync: false, progress };
  const replica = {
    metadata: { namespace: 'shop', name: 'uploads' },
    status: { conditions, volumes: [{ name: 'uploads', replicas: [row] }] },
  };
  return renderReplica(replica as unknown as SyncReplica, new Map(), 0, plainPaint)
    .at(-1)
    ?.trim();
};

const sent = { filesDone: 300, filesTotal: 1200, bytesDone: 25 * mib, bytesTotal: 100 * mib } as const;

test('progress is a part of a total only once the total stands', () => {
  assert.equal(
    shownOf({ phase: 'InitialPass', ...sent }),
    'first pass  comparing, 300 of 1,200 files that differ so far are sent, 25.0 MiB',
  );
  assert.match(
    shownOf({ phase: 'InitialPass', ...sent, etaSeconds: 15 }) ?? '',
    /^first pass {2}\S+ {2}25 % {2}300\/1,200 files, 25\.0 MiB of 100 MiB, 15\.0 s left$/,
  );
  assert.equal(shownOf({ phase: 'Restore', filesTotal: 0 }), 'restore  counting what there is to bring');
  assert.match(shownOf({ phase: 'Restore', ...sent }) ?? '', /^restore {2}\S+ {2}25 %/);
});
