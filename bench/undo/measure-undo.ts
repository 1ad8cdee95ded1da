import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from '../measure/machine.ts';
import { measureHistoryCost } from './history-cost.ts';
import type { Row } from './row.ts';
import { measureFailBack, measurePromotion, measureRollBack } from './take-over-figures.ts';
import { measureChecksums, measureCircle } from './verify-figures.ts';

/** What of each there is: files. */
const figures: Readonly<Record<string, { readonly files: number; readonly measure: typeof measureCircle }>> = {
  'tiny-checksums': { files: 50_000, measure: (home, count) => measureChecksums(home, { count, bytes: 100 }) },
  'big-checksums': { files: 8, measure: (home, count) => measureChecksums(home, { count, bytes: 256 * 1_048_576 }) },
  circle: { files: 1_000_000, measure: measureCircle },
  'history-cost': { files: 10_000, measure: measureHistoryCost },
  'roll-back': { files: 10_000, measure: measureRollBack },
  promote: { files: 10_000, measure: measurePromotion },
  'fail-back': { files: 100_000, measure: measureFailBack },
};
export const figureNames = Object.keys(figures);

export interface UndoOptions {
  readonly directory: string;
  /** In place of as many as each takes. */
  readonly files?: number | undefined;
}

/** What verification, history and promotion take, beside their bars, as a Markdown table. @param only names of figures; none for all */
export const measureUndo = async ({ directory, files }: UndoOptions, only: readonly string[]): Promise<string> => {
  const machine = describeMachine(directory);
  const rows: string[] = [];
  for (const [name, figure] of Object.entries(figures)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const home = mkdtempSync(join(directory, 'syncreplica-undo-'));
    try {
      const told = (await figure.measure(home, files ?? figure.files)).map(describe);
      for (const row of told) console.log(`${name}: ${row}`);
      rows.push(...told);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }
  const foot = [...machine, `load at the end: ${loadavg()[0]?.toFixed(2)}`].map((line) => `- ${line}`);
  return ['| figure | bar | measured |', '|---|---|---|', ...rows, '', ...foot].join('\n');
};

const describe = ({ figure, bar, value }: Row): string => `| ${figure} | ${bar} | ${value} |`;
