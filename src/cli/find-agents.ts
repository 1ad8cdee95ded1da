import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { Failure } from '../process/failure.ts';
import { askAgent, findControlSockets } from './control-socket.ts';

export interface FoundAgent {
  readonly socket: string;
  readonly pid: string;
  readonly status: AgentStatus;
}

/** Agents of this machine that this user may ask, by source. What an agent that was killed left behind is removed. */
export const findAgents = async (environment: Readonly<Record<string, string | undefined>>): Promise<FoundAgent[]> => {
  const found: FoundAgent[] = [];
  for (const socket of findControlSockets(environment)) {
    try {
      const status = (await askAgent(socket)) as AgentStatus;
      found.push({ socket, status, pid: basename(socket).replace(/\D/g, '') });
    } catch (error) {
      const cause = error instanceof Failure ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
      if (cause === 'ECONNREFUSED') rmSync(socket, { force: true });
      else if (cause !== 'EACCES' && cause !== 'ENOENT') throw error;
    }
  }
  return found.sort((a, b) => (a.status.source < b.status.source ? -1 : 1));
};
