import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMoment } from './parse-moment.ts';

const now = new Date(2026, 2, 1, 15, 0, 0).getTime();
const at = (...clock: [number, number, number]): number => new Date(2026, 2, 1, ...clock).getTime();

test('a moment is a time of the last 24 hours, so long ago, or a date', () => {
  for (const [text, expected] of [
    ['14:05', at(14, 5, 0)],
    ['9:05:30', at(9, 5, 30)],
    ['15:01', at(15, 1, 0) - 86_400_000],
    ['10m', now - 600_000],
    ['1h30m', now - 5_400_000],
    ['2026-02-28T10:00:00Z', Date.UTC(2026, 1, 28, 10)],
  ] as const)
    assert.equal(parseMoment('--at', text, now), expected, text);
  for (const text of [
    '',
    'yesterday',
    '14',
    '2026-13-01',
    '24:00',
    '99:99',
    '14:60',
    '2026-03-01T23:00:00Z',
    '2027-01-01',
  ])
    assert.throws(() => parseMoment('--at', text, now), /--at/);
});
