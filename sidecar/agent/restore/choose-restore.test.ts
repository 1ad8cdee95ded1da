import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import type { VolumeStatus } from '../../protocol/control.ts';
import { chooseRestore } from './choose-restore.ts';

interface Said {
  readonly coveredAt?: number | null;
  readonly lineage?: string;
  readonly empty?: boolean;
}

const candidate = (name: string, said: Said | null) => ({
  target: { name } as TargetSettings,
  status:
    said === null
      ? null
      : ({
          empty: said.empty ?? false,
          note: said.coveredAt === undefined ? null : JSON.stringify({ coveredAt: said.coveredAt, held: null }),
          lineage: said.lineage === undefined ? null : { id: said.lineage, since: 1, epoch: 1 },
        } as VolumeStatus),
});

const rows: [string, [string, Said | null][], string][] = [
  ['one', [['a', { coveredAt: 5 }]], 'a'],
  [
    'the newest, not the first',
    [
      ['a', { coveredAt: 5 }],
      ['b', { coveredAt: 9 }],
      ['c', { coveredAt: 7 }],
    ],
    'b c a',
  ],
  [
    'one that was complete before one that never was',
    [
      ['a', { coveredAt: null }],
      ['b', { coveredAt: 1 }],
    ],
    'b a',
  ],
  ['one that was filled by hand', [['a', {}]], 'a'],
  [
    'none that is empty',
    [
      ['a', { empty: true, coveredAt: 9 }],
      ['b', { coveredAt: 1 }],
    ],
    'b',
  ],
  ['nothing', [['a', { empty: true }]], ''],
  [
    'a plain daemon where no receiver has data',
    [
      ['a', null],
      ['b', { empty: true }],
      ['c', null],
    ],
    'a c',
  ],
  [
    'a receiver before a plain daemon',
    [
      ['a', null],
      ['b', { coveredAt: 1 }],
    ],
    'b',
  ],
  [
    'one lineage',
    [
      ['a', { coveredAt: 1, lineage: 'x' }],
      ['b', { coveredAt: 2, lineage: 'x' }],
      ['c', {}],
    ],
    'b a c',
  ],
  [
    'two lineages',
    [
      ['a', { coveredAt: 1, lineage: 'x' }],
      ['b', { coveredAt: 2, lineage: 'y' }],
    ],
    'ambiguous',
  ],
  [
    'two lineages, one of nothing',
    [
      ['a', { empty: true, lineage: 'x' }],
      ['b', { lineage: 'y' }],
    ],
    'b',
  ],
];

for (const [what, said, expected] of rows) {
  test(`a restore takes ${what}`, () => {
    const choice = chooseRestore(said.map(([name, status]) => candidate(name, status)));
    const names = choice.kind === 'try' ? choice.candidates.map(({ target }) => target.name).join(' ') : choice.kind;
    assert.equal(names, expected);
  });
}

test('what is ambiguous is told with how old it is', () => {
  const choice = chooseRestore([
    candidate('a', { coveredAt: 0, lineage: 'x' }),
    candidate('b', { coveredAt: null, lineage: 'y' }),
  ]);
  assert.ok(choice.kind === 'ambiguous');
  assert.match(choice.message, /a holds x \(up to 1970-01-01T00:00:00\.000Z\), b holds y \(never complete\)/);
});
