import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import { chooseAgent } from './choose-agent.ts';
import { askAgent } from './control-socket.ts';
import type { ControlVerb } from './control-verbs.ts';

/** `syncreplica ctl VERB [ID]`: tells a running agent of this machine. */
export const ctlCommand = async (options: {
  readonly verb: ControlVerb;
  readonly value?: string | undefined;
  readonly source?: string;
}): Promise<void> => {
  const { verb } = options;
  const agent = await chooseAgent(options.source);
  const { done } = (await askAgent(agent.socket, { verb, value: options.value })) as { done: string };
  console.log(`${(agent.status as AgentStatus).source}: ${done}`);
};
