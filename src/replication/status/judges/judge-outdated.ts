import { isOlderVersion, minAgentVersion } from '../../../api/settings/versions.ts';
import type { Judge } from '../judge.ts';
import { showNames } from '../show-names.ts';

/** Are there agents that don't understand all that today's settings say? They live as long as their pods. */
export const judgeOutdated: Judge = ({ observed }) => {
  const old = [...observed.agents].filter(([, { status }]) => isOlderVersion(status.version, minAgentVersion));
  if (old.length === 0)
    return {
      type: 'AgentsOutdated',
      status: 'False',
      reason: 'AgentsCurrent',
      message: 'every agent understands what it is told',
    };
  return {
    type: 'AgentsOutdated',
    status: 'True',
    reason: 'AgentsTooOld',
    message: `agents older than ${minAgentVersion} leave out what they don't know; restart ${showNames(old.map(([pod]) => pod))}`,
  };
};
