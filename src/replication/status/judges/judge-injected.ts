import { ports } from '../../../api/names.ts';
import { refusalSentences } from '../../../inject/policy.ts';
import type { Judge } from '../judge.ts';
import { showNames } from '../show-names.ts';
import { adviseRestart } from '../told/restart-advice.ts';

/** A pod that came so long after the SyncReplica was seen to by the webhook, ms; unless the API server did not ask it. */
const certainlyAfterMs = 10_000;

/** Has every pod of the source its agent? What it says to do has to help. */
export const judgeInjected: Judge = ({ observed, volumes }) => {
  const { missingSidecars: missing, refusals, optedOut, config, replica } = observed;
  const { namespace } = replica.metadata;
  const no = (reason: 'PodsMissingSidecar' | 'OptedOut' | 'NamespaceExcluded' | 'WebhookNotCalled', message: string) =>
    ({ type: 'Injected', status: 'False', reason, message }) as const;
  if (missing.length > 0 && (namespace === 'kube-system' || namespace === config.operatorNamespace))
    return no(
      'NamespaceExcluded',
      `${showNames(missing)} can't have an agent: pods of the namespace ${namespace} never reach the webhook; run the application in another`,
    );
  const pods = observed.pods.filter(({ metadata }) => missing.includes(metadata?.name ?? ''));
  const createdAt = Date.parse(replica.metadata.creationTimestamp ?? '') || Infinity;
  const passed = pods.find(
    ({ metadata }) => Date.parse(metadata?.creationTimestamp ?? '') > createdAt + certainlyAfterMs,
  );
  const restart = adviseRestart(pods, namespace);
  if (passed)
    return no(
      'WebhookNotCalled',
      `${passed.metadata?.name} came after this SyncReplica and the webhook was not asked about it; see that the API server reaches the operator's Service (port ${ports.webhook} of its pods), and that no rule keeps this namespace from it; then: ${restart}`,
    );
  const sentences = [
    ...(missing.length > 0
      ? [
          `${showNames(missing)} started without an agent, so what is written there may be on no target; to give it one: ${restart}`,
        ]
      : []),
    ...refusals.slice(0, 1).map(({ pod, reason }) => `${pod} can't have an agent: ${refusalSentences[reason]}`),
  ];
  if (sentences.length > 0) return no('PodsMissingSidecar', sentences.join('; '));
  if (volumes.every((volume) => volume.pods.length === 0))
    return { type: 'Injected', status: 'Unknown', reason: 'NoPods', message: 'no pod uses the source now' };
  const silent = volumes.find((volume) => volume.pods.length > 0 && volume.pods.every((pod) => optedOut.includes(pod)));
  if (silent)
    return no(
      'OptedOut',
      `${showNames(silent.pods)} opted out of injection, so nothing of ${silent.name} is copied; take the label away and restart them`,
    );
  const out = optedOut.filter((pod) => volumes.some((volume) => volume.pods.includes(pod)));
  const but = out.length > 0 ? `, but for ${showNames(out)}, opted out` : '';
  return {
    type: 'Injected',
    status: 'True',
    reason: 'AllInjected',
    message: `every pod of the source has an agent${but}`,
  };
};
