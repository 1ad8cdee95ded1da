import { type Joined, joinClusters, offerPort } from '../cluster/join.ts';
import { apiserverPort, type Layout } from '../cluster/layout.ts';
import type { Context, OtherCluster } from './scenario.ts';

/** What there is of a second cluster, for the contexts of scenarios. */
export interface OtherFacts {
  readonly own: Layout;
  readonly other: Layout;
  readonly context: Context;
}

/** Joins the two and gives the second to `own`, the context of the first. */
export const joinOther = async (facts: OtherFacts): Promise<OtherCluster> => {
  const joined: Joined = await joinClusters(facts.own, facts.other);
  const { context } = facts;
  return {
    context,
    cut: joined.cut,
    mend: joined.mend,
    crossed: joined.crossed,
    server: `https://${joined.other}:${apiserverPort}`,
    async offer(where, namespace, service) {
      const [layout, ip] = where === context ? [facts.other, joined.other] : [facts.own, joined.one];
      const [port] = await where.waitFor(`the node port of ${service}`, async () => {
        const found = await where.get('service', service, namespace);
        return found?.spec.ports?.[0]?.nodePort === undefined ? undefined : found.spec.ports;
      });
      await offerPort(layout, port.port, port.nodePort);
      const status = { loadBalancer: { ingress: [{ ip, ipMode: 'Proxy' }] } };
      const patch = ['--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })];
      await where.kubectl(['patch', 'service', service, '--namespace', namespace, ...patch]);
    },
  };
};
