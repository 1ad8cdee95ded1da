import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signOfLifeMs } from '../../../sidecar/protocol/agent-status.ts';
import { judgeLoss, type LossFacts, sumLosses } from './judge-loss.ts';

const at = Date.UTC(2030, 0, 1, 12);
const said = { at: at - 800, pending: 0, lagMs: 0, ended: false };

const table: readonly (readonly [string, Partial<LossFacts>, RegExp, number | undefined, number | undefined])[] = [
  ['quiet', {}, /^nothing: nothing was pending when the source was last heard, 0\.80 s before$/, 0, 0],
  [
    'quiet, and a word late',
    { said: { ...said, at: at - 2 * signOfLifeMs - 1_000 } },
    /^nothing: nothing was pending when the source was last heard, 9\.0 s before$/,
    0,
    0,
  ],
  [
    'ended with all there',
    { said: { ...said, at: at - 3_600_000, ended: true } },
    /^nothing: the source's agent ended/,
    0,
    0,
  ],
  ['quiet when last heard, long ago', { said: { ...said, at: at - 60_000 } }, /^nothing that is known: /, 0, 0],
  [
    'behind',
    { said: { ...said, pending: 14, lagMs: 2_100 } },
    /^2\.1 s, 14 changes, from 2030-01-01T11:59:57\.100Z to 2030-01-01T11:59:59\.200Z$/,
    14,
    2.1,
  ],
  ['behind at its end', { said: { ...said, pending: 1, lagMs: 40, ended: true } }, /^0\.04 s, 1 change, /, 1, 0.04],
  [
    'not heard',
    { said: undefined, coveredAt: at - 9_000 },
    /^not known: nobody was heard of the source; the target holds all that the source had at 2030-01-01T11:59:51\.000Z, 9\.0 s before$/,
    undefined,
    undefined,
  ],
  [
    'not compared yet',
    { said: { ...said, unsure: 'the first comparison of all is not done' } },
    /^not known: the first comparison of all is not done, when the source was last heard, 0\.80 s before$/,
    undefined,
    undefined,
  ],
  [
    'something refused, at the end, and more pending',
    {
      said: { ...said, pending: 1, lagMs: 40, ended: true, unsure: 'the target refuses 2 entries' },
      coveredAt: at - 9_000,
    },
    /^not known: the target refuses 2 entries, and 1 change pending, when .*, 0\.80 s before; the target holds all that the source had at /,
    undefined,
    undefined,
  ],
  ['nothing heard at all', { said: undefined }, /^not known: nobody was heard of the source$/, undefined, undefined],
];

for (const [name, facts, sentence, changes, seconds] of table) {
  test(`loss: ${name}`, () => {
    const loss = judgeLoss({ fencedAt: at, said, coveredAt: undefined, ...facts });
    assert.match(loss.sentence, sentence);
    assert.deepEqual([loss.changes, loss.seconds], [changes, seconds]);
  });
}

test('of several volumes each says its own, the changes are added, and one that nobody knows makes it unknown', () => {
  const loss = (volume: string, changes: number | undefined, seconds: number | undefined) => ({
    volume,
    sentence: `of ${volume}`,
    changes,
    seconds,
  });
  assert.deepEqual(sumLosses([loss('a', 2, 1), loss('b', 3, 0.5)]), {
    sentence: 'a: of a; b: of b',
    changes: 5,
    seconds: 1,
  });
  assert.equal(sumLosses([loss('a', 2, 1), loss('b', undefined, undefined)]).changes, undefined);
});
