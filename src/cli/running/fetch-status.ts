import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { ReceiverStatus } from '../../../sidecar/receiver/told/receiver-status.ts';
import { ports } from '../../api/names.ts';
import { Failure } from '../../process/failure.ts';

/** Asks an agent or a receiver for its status. @throws Failure `AgentUnreachable` */
export const fetchStatus = async (url: string): Promise<AgentStatus | ReceiverStatus> => {
  const fail = (why: string, cause?: unknown): never => {
    throw new Failure('AgentUnreachable', `ask ${url} for its status: ${why}`, {
      hint: `is it running? its log says where its metrics are; give that with --url, of a receiver mostly http://127.0.0.1:${ports.receiverMetrics}`,
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
  return (await response.json()) as AgentStatus | ReceiverStatus;
};
