import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../cluster/objects.ts';
import { receiverEndpoint } from './endpoints.ts';

const receiverOf = (replica: string): Pod => ({
  metadata: {
    name: `${replica}-dr-0`,
    namespace: 'shop',
    labels: {
      'syncreplica.io/component': 'receiver',
      'syncreplica.io/replica': replica,
      'syncreplica.io/target': 'dr',
    },
  },
  status: {
    podIP: '10.0.0.1',
    containerStatuses: [
      { name: 'receiver', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
    ],
  },
});

test('a receiver is asked for its own SyncReplica and for none of its neighbours', () => {
  assert.equal(receiverEndpoint(receiverOf('uploads'), 'uploads')?.host, '10.0.0.1');
  assert.equal(receiverEndpoint(receiverOf('uploads'), 'media'), undefined);
});
