import { resolve } from 'node:path';
import { Failure } from '../../process/failure.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { type FoundAgent, findAgents } from './find-agents.ts';

const describe = ({ status, pid }: FoundAgent): string => `${status.source} (process ${pid})`;

/** The one agent of this machine that copies the directory `source`, or is that process; the only one there is. @throws Failure `NoAgent`, `AgentUnreachable` */
export const chooseAgent = async (source: string | undefined): Promise<FoundAgent> => {
  const { agents, silent } = await findAgents(process.env);
  const fitting = agents.filter(
    ({ status, pid }) => source === undefined || status.source === resolve(source) || pid === source,
  );
  const [only] = fitting;
  // It may be the one that is meant.
  if (silent[0] !== undefined && (only === undefined || source === undefined)) throw silent[0];
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
