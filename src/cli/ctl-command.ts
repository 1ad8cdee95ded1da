import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { chooseAgent } from './choose-agent.ts';
import { askAgent, type ControlVerb, controlVerbs } from './control-socket.ts';

/** `syncreplica ctl VERB [ID]`: tells a running agent of this machine. */
export const ctlCommand = async (options: {
  readonly verb: string;
  readonly value?: string | undefined;
  readonly source?: string;
}): Promise<void> => {
  const verb = controlVerbs.find((one) => one === options.verb) as ControlVerb | undefined;
  if (verb === undefined) throw new UsageFailure(`${options.verb} is not known; write ${controlVerbs.join(', ')}`);
  const agent = await chooseAgent(options.source);
  const { done } = (await askAgent(agent.socket, { verb, value: options.value })) as { done: string };
  console.log(`${(agent.status as AgentStatus).source}: ${done}`);
};
