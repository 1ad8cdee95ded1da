import { longestJournalMs } from '../../api/journal-line.ts';
import { annotations } from '../../api/names.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';

const longestPath = 4_096;

/** Whether agents write their journal now, by the annotations; what is over, can't be read or asks for too long asks for nothing. */
export const journalLinesOf = (
  asked: Readonly<Record<string, string>>,
  nowMs: number,
): Pick<ReplicationSettings, 'journalLines'> => {
  const untilMs = Date.parse(asked[annotations.journalUntil] ?? '');
  if (!(untilMs > nowMs && untilMs <= nowMs + longestJournalMs)) return {};
  const path = asked[annotations.journalPath];
  const isPattern = path !== undefined && path.length <= longestPath && /^[^\n\r]+$/.test(path);
  // A pattern that can't be one must not widen what is written.
  if (path !== undefined && !isPattern) return {};
  return { journalLines: { untilMs, ...(path === undefined ? {} : { path }) } };
};
