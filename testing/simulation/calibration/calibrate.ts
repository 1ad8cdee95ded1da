import { readFileSync, writeFileSync } from 'node:fs';
import { simulate, writeFailure } from '../history/simulate.ts';
import { allRecorded } from '../recorded/all-recorded.ts';
import { faults } from './faults.ts';
import type { PutBack } from './put-back.ts';

const longestSteps = 25;
/** A fault whose history is recorded is looked for so long. */
const recordedWithin = 20_000;
const document = new URL('../../../docs/proof.md', import.meta.url);
const [begin, end] = ['<!-- calibration: begin -->', '<!-- calibration: end -->'];

interface Found {
  readonly fault: PutBack;
  /** Histories until it was found, over all threads; undefined where it was not. */
  readonly after: number | undefined;
  readonly how: string;
  /** The history, as a test. */
  readonly history: string;
}

/**
 * Puts each fault back, one at a time, and writes down what became of it; `some`: those alone whose sentences hold it, also
 * of the histories that are recorded, and the history that met each is shrunk and printed.
 * @returns whether each was found in time
 */
export async function calibrate(workers: number, some?: string): Promise<boolean> {
  const rows: Found[] = [];
  const recorded = allRecorded.map(({ what, fault }) => ({ fault: what, patches: fault, within: recordedWithin }));
  const chosen = some === undefined ? faults : [...faults, ...recorded].filter(({ fault }) => fault.includes(some));
  for (const fault of chosen) {
    const found = await findFault(fault, workers, some !== undefined);
    rows.push(found);
    console.log(
      `${found.after === undefined ? 'NOT FOUND' : `found after ${found.after}`}: ${fault.fault} (${found.how})`,
    );
    if (some !== undefined) console.log(found.history);
    writeDown(rows);
  }
  return rows.length > 0 && rows.every(({ after: histories }) => histories !== undefined);
}

async function findFault(fault: PutBack, workers: number, shrinks: boolean): Promise<Found> {
  // In pieces, so that no thread goes on for long once another has found it.
  let done = 0;
  for (let size = 100; done < fault.within; size *= 2) {
    const count = Math.min(size, fault.within - done);
    const range = { from: 1 + done, count, steps: longestSteps, shrinks };
    const { failed } = await simulate({ ...range, workers, patches: fault.patches });
    if (failed !== undefined && (await endsWell(failed.seed)))
      return { fault, after: failed.seed, how: failed.violations[0]?.kind ?? '', history: writeFailure(failed) };
    done = failed === undefined ? done + count : failed.seed;
  }
  return { fault, after: undefined, how: '', history: '' };
}

/** Whether a history ends well without the fault: only then it is the fault that was found. */
async function endsWell(seed: number): Promise<boolean> {
  const { failed } = await simulate({ from: seed, count: 1, steps: longestSteps, shrinks: false, workers: 1 });
  return failed === undefined;
}

/** After each, so that what a long run had found is there when it is cut off. */
function writeDown(rows: readonly Found[]): void {
  const text = readFileSync(document, 'utf8');
  const [before = '', after = ''] = [text.split(begin)[0], text.split(end)[1]];
  const former = text.slice(before.length, text.length - after.length).split('\n');
  const lines = faults.flatMap(({ fault }) => {
    const row = rows.find((one) => one.fault.fault === fault);
    return row === undefined ? former.filter((line) => line.startsWith(`| ${fault} |`)) : [writeRow(row)];
  });
  writeFileSync(document, `${before}${begin}\n\n${[...head, ...lines].join('\n')}\n\n${end}${after}`);
}

const head = ['| Fault that was put back | Found after | Has to be found within | As |', '|---|---|---|---|'];

const writeRow = ({ fault, after, how }: Found): string =>
  `| ${fault.fault} | ${after === undefined ? `not found in ${fault.within}` : `${after} histories`} | ${fault.within} | ${how} |`;
