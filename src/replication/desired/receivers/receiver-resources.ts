import { fitResources, type NamespaceLimits } from '../../../inject/limits/fit-resources.ts';
import type { Resources } from '../../../pods/pod.ts';

/**
 * A receiver's resources as the LimitRanges and quotas of its namespace take them. Where nothing fits they stay as they are
 * wanted: the API server refuses the pod then, and its StatefulSet says so.
 */
export const receiverResources = (wanted: Resources, { ranges, quotas }: NamespaceLimits): Resources => {
  // What is used changes with every pod, and a receiver must not be made anew for it.
  const asked = quotas.map(({ hard }) => ({ hard, used: {} }));
  const fitted = fitResources(wanted, { spec: { containers: [] } }, [], { ranges, quotas: asked });
  return typeof fitted === 'string' ? wanted : fitted;
};
