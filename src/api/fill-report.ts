/** What the pod that fills a volume says at its end: the message of its container's termination. */
export type FillReport =
  | {
      readonly outcome: 'filled';
      readonly target: string;
      /** All that happened at the source until then is there, ms since the epoch; null where nobody knows. */
      readonly coveredAt: number | null;
      /** See ReplicationSettings.restoredFrom. */
      readonly from: Readonly<Record<string, number>>;
    }
  /** No target holds anything. */
  | { readonly outcome: 'empty' }
  | { readonly outcome: 'failed'; readonly reason: string; readonly message: string };

/** Undefined for what a program that was killed leaves. */
export const parseFillReport = (text: string | undefined): FillReport | undefined => {
  try {
    const report = JSON.parse(text ?? '') as FillReport;
    return ['filled', 'empty', 'failed'].includes(report.outcome) ? report : undefined;
  } catch {
    return undefined;
  }
};
