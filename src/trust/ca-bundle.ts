import type { ClusterClient } from '../cluster/client.ts';
import { isClusterError } from '../cluster/cluster-error.ts';
import type { MutatingWebhookConfiguration } from '../cluster/objects.ts';
import { mutatingWebhooks } from '../cluster/resources.ts';

/** The configuration with `bundle` (PEM) as what the apiserver trusts, as a merge patch; undefined where it is so already. */
export const caBundlePatch = (configuration: MutatingWebhookConfiguration, bundle: string): object | undefined => {
  const caBundle = Buffer.from(bundle, 'utf8').toString('base64');
  const webhooks = configuration.webhooks ?? [];
  if (webhooks.every((webhook) => webhook.clientConfig.caBundle === caBundle)) return undefined;
  return {
    // The list is replaced as a whole: never over someone's newer one.
    metadata: { resourceVersion: configuration.metadata?.resourceVersion },
    webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } })),
  };
};

/**
 * Sees to it that the apiserver trusts the webhook's certificate, or only looks whether it does. A conflict is
 * `contested`, and is settled by the next call. Throws ClusterError.
 */
export const ensureCaBundle = async (
  client: ClusterClient,
  name: string,
  bundle: string,
  mayWrite: boolean,
): Promise<'missing' | 'as-it-should-be' | 'patched' | 'outdated' | 'contested'> => {
  const configuration = await client.get(mutatingWebhooks, { name });
  if (configuration === undefined) return 'missing';
  const patch = caBundlePatch(configuration, bundle);
  if (patch === undefined) return 'as-it-should-be';
  if (!mayWrite) return 'outdated';
  try {
    await client.patch(mutatingWebhooks, { name }, patch);
    return 'patched';
  } catch (error) {
    if (isClusterError(error, 'conflict')) return 'contested';
    throw error;
  }
};
