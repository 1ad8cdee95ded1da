/**
 * After SIGTERM: how long pending changes are sent. A pod's own grace period (30 s unless it says otherwise) ends a
 * container before; on a plain machine it is a person's patience.
 */
export const agentGraceMs = 25_000;
/** When the process ends although it isn't done. */
export const shutdownGraceMs = agentGraceMs + 5_000;
