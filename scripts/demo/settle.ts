import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';

const pollMs = 50;

const isQuiet = (status: AgentStatus): boolean =>
  status.replicas.every(
    ({ inSync, pending, lagSeconds, progress }) => inSync && pending === 0 && lagSeconds === 0 && progress === null,
  );

/**
 * Waits until nothing is pending for any target, twice in a row: an event may still be on its way when one looks.
 * @returns the last status; @throws after `timeoutMs`
 */
export const settle = async (
  ask: () => Promise<AgentStatus>,
  show: (status: AgentStatus) => void,
  timeoutMs: number,
): Promise<AgentStatus> => {
  const deadline = performance.now() + timeoutMs;
  for (let quiet = 0; ; ) {
    const status = await ask();
    show(status);
    quiet = isQuiet(status) ? quiet + 1 : 0;
    if (quiet === 2) return status;
    if (performance.now() > deadline) {
      const behind = status.replicas.filter((replica) => replica.pending > 0 || !replica.inSync);
      const why = behind.map(
        (replica) => `${replica.target}: ${replica.lastError?.message ?? `${replica.pending} pending`}`,
      );
      throw new Error(`the targets are not up to date after ${timeoutMs / 1000} s: ${why.join('; ')}`);
    }
    await sleep(pollMs);
  }
};
