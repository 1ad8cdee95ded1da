import assert from 'node:assert/strict';
import { makeNetworkPolicy } from '../../harness/make/network-policy.ts';
import type { Context } from '../../harness/scenario.ts';
import { fetchFrom, untilReady } from './workload.ts';

const ofWeb = { podSelector: { matchLabels: { app: 'web' } } };

/** NetworkPolicies are enforced: between nodes and on one, for what comes and for what goes, and only where they say so. */
export async function checkPolicies(context: Context, namespace: string): Promise<void> {
  const url = `http://web.${namespace}.svc.cluster.local/`;
  const reaches = async (wanted: Readonly<Record<string, boolean>>): Promise<void> => {
    await context.waitFor(`who reaches the Service: ${JSON.stringify(wanted)}`, async () => {
      const pods = Object.keys(wanted);
      const answers = await Promise.all(pods.map((pod) => fetchFrom(context, namespace, url, 1_000, pod)));
      return answers.every(({ status }, at) => (status === 200) === wanted[pods[at] ?? '']);
    });
  };
  const remove = (name: string) => context.kubectl(['delete', 'networkpolicy', name, '-n', namespace]);
  await reaches({ client: true, other: true });

  await context.apply(makeNetworkPolicy('closed', { ...ofWeb, policyTypes: ['Ingress'] }), namespace);
  await reaches({ client: false, other: false });
  await untilReady(context, namespace, 'web-0'); // its node still asks it
  const from = [{ podSelector: { matchLabels: { may: 'come' } } }];
  await context.apply(makeNetworkPolicy('some', { ...ofWeb, ingress: [{ from, ports: [{ port: 8080 }] }] }), namespace);
  await context.kubectl(['label', 'pod', 'client', 'may=come', '-n', namespace]);
  await reaches({ client: true, other: false });
  await context.kubectl(['label', 'pod', 'client', 'may-', '-n', namespace]);
  await context.kubectl(['label', 'pod', 'other', 'may=come', '-n', namespace]);
  await reaches({ client: false, other: true });
  const elsewhere = [
    { podSelector: { matchLabels: { may: 'come' } }, namespaceSelector: { matchLabels: { not: 'here' } } },
  ];
  await context.apply(makeNetworkPolicy('some', { ...ofWeb, ingress: [{ from: elsewhere }] }), namespace);
  await reaches({ client: false, other: false });
  await remove('closed');
  await remove('some');
  await reaches({ client: true, other: true });

  const { podIP } = (await context.get('pod', 'web-0', namespace)).status;
  const to = [{ ipBlock: { cidr: '10.244.0.0/16', except: [`${podIP}/32`] } }];
  const dns = {
    ports: [
      { port: 53, protocol: 'UDP' },
      { port: 10053, protocol: 'UDP' },
    ],
  };
  const outward = { podSelector: { matchLabels: { may: 'come' } }, policyTypes: ['Egress'] };
  await context.apply(makeNetworkPolicy('out', { ...outward, egress: [dns, { to }] }), namespace);
  await reaches({ client: true, other: false });
  await context.apply(
    makeNetworkPolicy('out', { ...outward, egress: [dns, { to: [ofWeb], ports: [{ port: 8080 }] }] }),
    namespace,
  );
  await reaches({ client: true, other: true });
  await remove('out');
  assert.equal((await context.list('networkpolicies', namespace)).length, 0);
}
