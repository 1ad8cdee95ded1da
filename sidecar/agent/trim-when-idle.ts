import { createProgramTrimmer } from '../../src/process/trim-memory.ts';
import type { AgentStatus } from '../protocol/agent-status.ts';

const lookEveryMs = 10_000;
const afterStartMs = 300;

/** Trims the program's pages once whenever an agent has become idle, never while it works. @returns what ends it */
export function trimWhenIdle(status: () => AgentStatus): () => void {
  const trimProgramPages = createProgramTrimmer();
  let trimmedAt = '';
  let seen = '';
  const timer = setInterval(() => {
    const { phase, replicas } = status();
    const mark = replicas.map((r) => `${r.lastSyncAt} ${r.transferredBytes} ${r.link}`).join();
    const idle = phase === 'Watching' && mark === seen && replicas.every((r) => r.pending === 0 && r.progress === null);
    seen = mark;
    if (!idle || mark === trimmedAt) return;
    trimmedAt = mark;
    trimProgramPages();
  }, lookEveryMs);
  timer.unref();
  // The start itself needed most of it.
  const first = setTimeout(trimProgramPages, afterStartMs);
  first.unref();
  return () => {
    clearInterval(timer);
    clearTimeout(first);
  };
}
