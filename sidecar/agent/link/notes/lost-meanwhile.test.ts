import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FormerSession, judgeLost } from './lost-meanwhile.ts';

const at = (epoch: number, sequence: number) => ({ epoch, sequence });
const former: FormerSession = { bootId: 'a', acknowledged: at(3, 100) };
const life = { bootId: 'a', startedAt: 0 } as never;
const found: Parameters<typeof judgeLost>[1] = { life, continues: true, position: at(3, 100) };

const table: readonly (readonly [string, Partial<FormerSession>, Partial<typeof found>, string])[] = [
  ['the same life', {}, {}, ''],
  ['it has more than we heard of', {}, { position: at(3, 101) }, ''],
  ['nothing was acknowledged yet', { acknowledged: null }, { position: null }, ''],
  ['another kernel', { bootId: 'b' }, {}, 'unacknowledged'],
  ['another wrote, under another kernel', { bootId: 'b' }, { continues: false }, 'anything unacknowledged'],
  ['another wrote', {}, { continues: false }, 'anything'],
  ['it can not tell', {}, { life: null, position: null }, 'anything'],
  ['it has less than it acknowledged', {}, { position: at(3, 99) }, 'anything'],
  ['it is of an earlier writer', {}, { position: at(2, 900) }, 'anything'],
  ['it has nothing any more', {}, { position: null }, 'anything'],
];

for (const [name, before, now, lost] of table)
  test(`lost meanwhile: ${name}: ${lost || 'nothing'}`, () => {
    const judged = judgeLost({ ...former, ...before }, { ...found, ...now });
    const said = Object.entries(judged).flatMap(([what, isSo]) => (isSo ? [what] : []));
    assert.equal(said.join(' '), lost);
  });
