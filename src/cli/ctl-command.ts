import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { Failure } from '../process/failure.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { askAgent, type ControlVerb, controlVerbs } from './control-socket.ts';
import { type FoundAgent, findAgents } from './find-agents.ts';

const describe = ({ status, pid }: FoundAgent): string => `${status.source} (process ${pid})`;

const choose = (agents: readonly FoundAgent[], source: string | undefined): FoundAgent => {
  const fitting = agents.filter(
    ({ status, pid }) => source === undefined || status.source === source || pid === source,
  );
  const [only] = fitting;
  if (only === undefined)
    throw new Failure('NoAgent', source === undefined ? 'no agent of yours runs here' : `no agent runs for ${source}`, {
      hint:
        agents.length > 0 ? `these run: ${agents.map(describe).join(', ')}` : 'agents of other users are found as root',
    });
  if (fitting.length > 1)
    throw new UsageFailure(`several agents run: ${fitting.map(describe).join(', ')}`, {
      hint: 'say which one: --source DIR, or the number of its process',
    });
  return only;
};

/** `syncreplica ctl VERB [ID]`: tells a running agent of this machine. */
export const ctlCommand = async (options: {
  readonly verb: string;
  readonly value?: string | undefined;
  readonly source?: string;
}): Promise<void> => {
  const verb = controlVerbs.find((one) => one === options.verb) as ControlVerb | undefined;
  if (verb === undefined) throw new UsageFailure(`${options.verb} is not known; write ${controlVerbs.join(', ')}`);
  const agent = choose(await findAgents(process.env), options.source);
  const { done } = (await askAgent(agent.socket, { verb, value: options.value })) as { done: string };
  console.log(`${(agent.status as AgentStatus).source}: ${done}`);
};
