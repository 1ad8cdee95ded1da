import { formatBytes, formatCount } from '../../terminal/format-figures.ts';

/** What is known of the verification of one replica, in a cluster or on this machine. */
export interface VerifiedReplica {
  /** For a person: the volume and the target. */
  readonly name: string;
  /** It goes on, or it did until it was answered. */
  readonly progress?:
    | { readonly entriesDone?: number; readonly entriesTotal?: number; readonly bytesDone?: number }
    | undefined;
  readonly answered: string | undefined;
  readonly entries: number;
  readonly differences: number;
  readonly found: number;
  readonly repaired: number;
  readonly samples: readonly string[];
  readonly trouble: string | undefined;
  /** Deletions that wait for a person: what they are of is on the target alone, and no difference that was found. */
  readonly held: number;
}

/** One line while it goes on. */
export const describeProgress = ({ name, progress }: VerifiedReplica): string => {
  if (progress === undefined) return `${name}: not begun`;
  const { entriesDone = 0, entriesTotal = 0, bytesDone = 0 } = progress;
  const total = entriesTotal > 0 ? ` of ${formatCount(entriesTotal)}` : '';
  return `${name}: ${formatCount(entriesDone)}${total} entries, ${formatBytes(bytesDone)}`;
};

export interface VerifyOutcome {
  readonly lines: readonly string[];
  /** Nothing was found to differ, and nothing hindered. */
  readonly isClean: boolean;
}

/** What came out of it, beside what was known before it. */
export const describeOutcome = (before: VerifiedReplica | undefined, after: VerifiedReplica): VerifyOutcome => {
  const { name, entries, differences, samples, trouble, held } = after;
  if (trouble !== undefined) return { lines: [`${name}: can't be compared: ${trouble}`], isClean: false };
  const found = Math.max(differences, after.found - (before?.found ?? 0));
  const compared = `${name}: ${formatCount(entries)} entries compared`;
  const waiting = held > 0 ? [`  ${formatCount(held)} deletions are held: so much more is on the target`] : [];
  if (found <= 0)
    return { lines: [`${compared}, nothing ${held > 0 ? 'else ' : ''}differs`, ...waiting], isClean: held === 0 };
  const mended = Math.max(0, after.repaired - (before?.repaired ?? 0));
  const rest = differences > 0 ? `${formatCount(differences)} differ now` : 'nothing differs now';
  const lines = [`${compared}, ${formatCount(found)} found to differ, ${formatCount(mended)} mended, ${rest}`];
  return { lines: [...lines, ...samples.map((sample) => `  ${sample}`), ...waiting], isClean: false };
};
