import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import { Failure } from '../../process/failure.ts';
import { askAgent, findControlSockets } from './control-socket.ts';

export interface FoundAgent {
  readonly socket: string;
  readonly pid: string;
  readonly status: AgentStatus;
}

/** Of the agents of this machine those that have answered, by source, and why each of the others has not. */
export interface FoundAgents {
  readonly agents: readonly FoundAgent[];
  readonly silent: readonly Failure[];
}

/** Of an agent that has ended, that ends just now, or that another user may ask: none of it is silent. */
const goneCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'EACCES']);

/** Asks the agents of this machine that this user may ask. What an agent that was killed left behind is removed. */
export const findAgents = async (environment: Readonly<Record<string, string | undefined>>): Promise<FoundAgents> => {
  const agents: FoundAgent[] = [];
  const silent: Failure[] = [];
  for (const socket of findControlSockets(environment)) {
    try {
      const status = (await askAgent(socket)) as AgentStatus;
      agents.push({ socket, status, pid: basename(socket).replace(/\D/g, '') });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const code = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
      if (code === 'ECONNREFUSED') rmSync(socket, { force: true });
      if (!goneCodes.has(code)) silent.push(error);
    }
  }
  return { agents: agents.sort((a, b) => (a.status.source < b.status.source ? -1 : 1)), silent };
};
