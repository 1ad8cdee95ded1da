import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hearing, judgeHearing } from './hearing.ts';

const now = 100_000;

/** Ages in seconds: of the report, of the last look that could have shown a younger one, and of the last that anybody said. */
const table: readonly [string, { report: number; look?: number; anybody?: number }, Hearing][] = [
  ['it spoke just now', { report: 1 }, 'Heard'],
  ['it spoke within three heartbeats', { report: 15 }, 'Heard'],
  ['nothing since, and it was asked all along', { report: 16 }, 'Silent'],
  ['asked a moment ago in vain', { report: 20, look: 1 }, 'Silent'],
  ['the operator had no time to ask', { report: 20, look: 20 }, 'Unasked'],
  ['asked in vain when it had been silent for ten seconds, and not since', { report: 60, look: 50 }, 'Unasked'],
  ['asked in vain when it had been silent for sixteen seconds', { report: 60, look: 44 }, 'Silent'],
  ['nobody at all is heard since then', { report: 60, look: 1, anybody: 50 }, 'Unasked'],
  ['others were heard long after it', { report: 60, look: 1, anybody: 2 }, 'Silent'],
];

for (const [name, { report, look, anybody }, expected] of table)
  test(`${name}: ${expected}`, () => {
    const ago = (seconds: number): number => now - seconds * 1_000;
    const told = { at: ago(report), ...(look === undefined ? {} : { lookedAt: ago(look) }) };
    const hearingAt = anybody === undefined ? Infinity : ago(anybody);
    assert.equal(judgeHearing({ hearingAt }, told, { monotonicMs: now }), expected);
  });
