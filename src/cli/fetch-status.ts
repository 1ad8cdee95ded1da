import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { Failure } from '../process/failure.ts';

/** Asks an agent for its status. @throws Failure `AgentUnreachable` */
export const fetchStatus = async (url: string): Promise<AgentStatus> => {
  const fail = (why: string, cause?: unknown): never => {
    throw new Failure('AgentUnreachable', `ask ${url} for its status: ${why}`, {
      hint: 'is the agent running? its log line "ready" says its metrics address; give it with --url',
      cause,
    });
  };
  let response: Response;
  try {
    response = await fetch(new URL('/v1/status', url), { signal: AbortSignal.timeout(5000) });
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    return fail(cause instanceof Error ? cause.message : String(cause), error);
  }
  if (!response.ok) return fail(`it answers ${response.status}`);
  return (await response.json()) as AgentStatus;
};
