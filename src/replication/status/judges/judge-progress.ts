import type { ConditionVerdict } from '../../../api/conditions.ts';
import type { ConditionContext } from '../judge.ts';
import { showNames } from '../show-names.ts';

/**
 * What tools that wait ask for besides Ready: is it under way, or is it stuck until somebody changes something?
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export const judgeProgress = (
  { findings, serving }: Pick<ConditionContext, 'findings' | 'serving'>,
  ready: ConditionVerdict,
): ConditionVerdict[] => {
  const stuck = findings.find(({ blocks }) => blocks);
  const behind = serving.behind.length > 0;
  const isUnderWay = !stuck && (behind || (ready.status === 'False' && ready.reason !== 'Paused'));
  return [
    isUnderWay
      ? {
          type: 'Reconciling',
          status: 'True',
          reason: behind ? 'AgentsBehind' : ready.reason,
          message: behind ? `not there yet, or not heard of: ${showNames(serving.behind)}` : ready.message,
        }
      : { type: 'Reconciling', status: 'False', reason: 'Settled', message: 'nothing is under way' },
    stuck
      ? { type: 'Stalled', status: 'True', reason: stuck.reason, message: stuck.message }
      : { type: 'Stalled', status: 'False', reason: 'Settled', message: 'nothing waits for a change' },
  ];
};
