import type { HeldDeletes } from '../../../protocol/agent-status.ts';
import type { Boot } from '../../source/boot.ts';

/** What a writer leaves at the target for the next one, which may be itself after a restart. */
export interface AgentNote {
  /** Everything that happened at the source before it (ms, the writer's clock) is on the target; null until a pass says so. */
  readonly coveredAt: number | null;
  readonly held: HeldDeletes | null;
  /**
   * As long as `coveredAt` is null: when the first writer began (ms, its clock). What was there before is told by size and
   * time, what changed since may have been sent already, and changed again.
   */
  readonly begunAt?: number;
  /** Where it was written, to know `coveredAt` again after the clock was set; absent from older writers. */
  readonly boot?: Boot;
}

/** Fits into a PositionReport: samples are the first to go. */
export function writeNote(note: AgentNote): string {
  const text = JSON.stringify(note);
  if (text.length <= 4096 || note.held === null) return text;
  return JSON.stringify({ ...note, held: { ...note.held, samples: [] } });
}

/** @returns undefined where there is none or it can't be read: the next pass then trusts size and time alone */
export function readNote(text: string | null): AgentNote | undefined {
  if (text === null) return undefined;
  try {
    const note = JSON.parse(text) as AgentNote;
    return typeof note === 'object' && note !== null && 'coveredAt' in note ? note : undefined;
  } catch {
    return undefined;
  }
}
