import type { Logger } from '../../../../src/process/log/logger.ts';
import type { RelPath } from '../../changes/change.ts';
import { escapeName } from '../../rsync/itemize.ts';
import type { SecondVerdict } from './second-look.ts';
import type { Suspect, Suspects } from './suspects.ts';

export interface VerdictContext {
  readonly suspects: Suspects;
  readonly repair: boolean;
  /** Monotonic, ms. */
  readonly now: number;
}

export interface ActedOn {
  /** How many count now that did not, and how many of those that counted are mended. */
  readonly found: number;
  readonly repaired: number;
  /** How many are sent again before they count. */
  readonly rests: number;
  readonly toMend: readonly Suspect[];
}

/** What the second look at each suspect said, and what becomes of it. */
export function actOnVerdicts(
  looked: readonly Suspect[],
  verdicts: ReadonlyMap<RelPath, SecondVerdict>,
  { suspects, repair, now }: VerdictContext,
): ActedOn {
  const toMend: Suspect[] = [];
  let found = 0;
  let repaired = 0;
  let rests = 0;
  for (const suspect of looked) {
    const verdict = verdicts.get(suspect.path) ?? 'wait';
    if (verdict === 'wait') suspects.wait(suspect, now);
    else if (verdict === 'later') suspects.later(suspect, now);
    else if (verdict === 'alike' || verdict === 'held') {
      suspects.settle(suspect.path);
      if (suspect.isSure && suspect.isMending && verdict === 'alike') repaired += 1;
    } else {
      toMend.push({ ...suspect, kind: verdict });
      if (suspect.isRest && repair) {
        rests += 1;
        suspects.sendAgain(suspect, verdict, now);
        continue;
      }
      if (!suspect.isSure) found += 1;
      suspects.confirm(suspect, verdict, repair, now);
    }
  }
  return { found, repaired, rests, toMend };
}

export function tellDifferences(
  { found, rests, toMend }: ActedOn,
  { target, logger, repair }: { readonly target: string; readonly logger: Logger; readonly repair: boolean },
): void {
  const samples = samplesOf(toMend);
  if (found > 0) logger.warn({ target, found, samples, repair }, 'replica differs from its source');
  else if (rests > 0) logger.info({ target, rests, samples }, 'what work left different is sent again');
}

const mostSamples = 10;

/** The first of them, printable: `path (kind)`. */
export function samplesOf(suspects: Iterable<Suspect>): string[] {
  const samples: string[] = [];
  for (const { path, kind } of suspects) {
    samples.push(`${escapeName(path)} (${kind})`);
    if (samples.length === mostSamples) break;
  }
  return samples;
}
