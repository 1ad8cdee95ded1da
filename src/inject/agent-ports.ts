import { ports as portNumbers, shortHash } from '../api/names.ts';
import type { Container } from '../pods/pod.ts';

export interface AgentPorts {
  readonly metrics: number;
  readonly api: number;
}

/**
 * Ports for `count` agents. A pod's containers share one network namespace, so each agent takes the next port that
 * neither the application declares nor another agent has. Pods in their node's network share its ports with each other:
 * there the first number hangs on the SyncReplica (`sharesNode`), so that two workloads fit on one node.
 */
export const pickAgentPorts = (
  containers: readonly Container[],
  count: number,
  sharesNode?: string,
): readonly AgentPorts[] => {
  const taken = new Set(containers.flatMap(({ ports = [] }) => ports.flatMap((p) => [p.containerPort, p.hostPort])));
  const next = (from: number): number => {
    let port = from;
    while (taken.has(port)) port++;
    taken.add(port);
    return port;
  };
  const shift = sharesNode === undefined ? 0 : 2 * (1 + (Number.parseInt(shortHash(sharesNode), 36) % 2_000));
  return Array.from({ length: count }, () => ({
    metrics: next(portNumbers.agentMetrics + shift),
    api: next(portNumbers.agentApi + shift),
  }));
};
