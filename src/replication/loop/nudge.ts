import { apiGroup } from '../../api/names.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import type { Pod } from '../../cluster/objects.ts';
import { pods } from '../../cluster/resources.ts';
import { errorMessage } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';

/** On a pod: the settings, or the password of a receiver, that the kubelet was last asked to bring. */
export const settingsGenerationAnnotation = `${apiGroup}/settings-generation`;

/**
 * Has the kubelet bring a pod its Secret now: it looks at a pod's volumes once a minute, and whenever the pod changes.
 * Done once for each generation. A failure costs that minute and nothing else.
 */
export const createNudge =
  (client: ClusterClient, logger: Logger) =>
  async (pod: Pod, generation: number): Promise<boolean> => {
    const { name = '', namespace = '', annotations = {} } = pod.metadata ?? {};
    if (annotations[settingsGenerationAnnotation] === String(generation)) return false;
    try {
      await client.patch(
        pods,
        { namespace, name },
        { metadata: { annotations: { [settingsGenerationAnnotation]: String(generation) } } },
      );
      logger.debug({ namespace, pod: name, generation }, 'kubelet asked to bring settings');
      return true;
    } catch (error) {
      logger.debug({ namespace, pod: name, reason: errorMessage(error) }, 'kubelet not asked to bring settings');
      return false;
    }
  };
