import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from '../../../api/names.ts';
import type { Pod } from '../../../cluster/objects.ts';
import { nodeAddresses, receiverNetworkPolicy } from './receiver-guards.ts';

const pod = (
  podIP: string | undefined,
  hostNetwork: boolean,
  own: Record<string, string> = { [labels.injected]: 'true' },
): Pod => ({
  metadata: { name: 'web', labels: own },
  spec: { containers: [], hostNetwork },
  status: podIP === undefined ? {} : { podIP },
});

test('sources in the network of their nodes come from addresses that are named, and nobody else does', () => {
  const pods = [
    pod('10.0.0.7', true),
    pod('fd00::7', true),
    pod('10.0.0.7', true),
    pod('10.244.1.3', false),
    pod('10.0.0.8', true, {}),
    pod(undefined, true),
  ];
  const nodes = nodeAddresses(pods);
  assert.deepEqual(nodes, ['10.0.0.7', 'fd00::7']);
  const judge = (operatorOnNodes: boolean) => {
    const identity = { namespace: 'shop', name: 'uploads', uid: 'uid-1' };
    const managed = { service: { type: 'ClusterIP' } } as never;
    const config = { operatorNamespace: 'syncreplica-system', operatorOnNodes };
    return receiverNetworkPolicy(identity, 'dr', managed, config, nodes).spec?.ingress?.[0]?.from;
  };
  const from = judge(false);
  assert.deepEqual(
    from?.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []),
    ['10.0.0.7/32', 'fd00::7/128'],
  );
  assert.equal(from?.length, 4);
  assert.equal(judge(true), undefined, 'an operator in the network of its nodes may come from any of them');
});
