import type { ClusterClient } from '../../cluster/client.ts';
import type { Pod } from '../../cluster/objects.ts';
import { secrets } from '../../cluster/resources.ts';
import { unpulledImage } from '../../pods/pull-problem.ts';

/** Of the operator's pull secrets those that are not where the pods are. Asked for only while an image can't be pulled. */
export const findMissingPullSecrets = async (
  client: ClusterClient,
  namespace: string,
  pods: readonly Pod[],
  names: readonly string[],
): Promise<string[]> => {
  if (names.length === 0 || pods.every((pod) => unpulledImage(pod) === undefined)) return [];
  const found = await Promise.all(names.map((name) => client.get(secrets, { namespace, name })));
  return names.filter((_, index) => found[index] === undefined);
};
