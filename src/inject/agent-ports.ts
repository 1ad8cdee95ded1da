import { ports as portNumbers } from '../api/names.ts';
import type { Container } from '../pods/pod.ts';

export interface AgentPorts {
  readonly metrics: number;
  readonly api: number;
}

/**
 * Ports for `count` agents. A pod's containers share one network namespace, so each agent takes the next port that
 * neither the application declares nor another agent has.
 */
export const pickAgentPorts = (containers: readonly Container[], count: number): readonly AgentPorts[] => {
  const taken = new Set(containers.flatMap(({ ports = [] }) => ports.flatMap((p) => [p.containerPort, p.hostPort])));
  const next = (from: number): number => {
    let port = from;
    while (taken.has(port)) port++;
    taken.add(port);
    return port;
  };
  return Array.from({ length: count }, () => ({
    metrics: next(portNumbers.agentMetrics),
    api: next(portNumbers.agentApi),
  }));
};
