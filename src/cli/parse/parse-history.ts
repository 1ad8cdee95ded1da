import type { HistorySettings } from '../../../sidecar/receiver/history/keep/history-bounds.ts';
import { parseDuration } from '../../api/units/duration.ts';
import { parseHistorySize } from '../../api/units/history-size.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';

export interface HistoryOptions {
  readonly historyKeep?: string;
  readonly historyMaxSize?: string;
}

const shortestKeepMs = 60_000;

/** What a receiver is to keep of the past; nothing without `--history-keep`. @throws UsageFailure */
export const parseHistory = ({
  historyKeep,
  historyMaxSize = '20%',
}: HistoryOptions): { readonly history?: HistorySettings } => {
  if (historyKeep === undefined) return {};
  const keepMs = parseDuration(historyKeep);
  if (keepMs === undefined || keepMs < shortestKeepMs)
    throw new UsageFailure(`--history-keep ${historyKeep}: write a duration of 1m or more, for example 24h`);
  const maxSize = parseHistorySize(historyMaxSize);
  if (maxSize === undefined)
    throw new UsageFailure(`--history-max-size ${historyMaxSize}: write a share such as 20%, or a size such as 10Gi`);
  return { history: { keepMs, maxSize } };
};
