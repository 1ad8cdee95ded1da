import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LeaseRequest } from '../../sidecar/protocol/control.ts';
import { asking, begin, life, orWord, position, type ReceiverCase, remove, rename, take } from './receiver-case.ts';
import { copyCases } from './receiver-copy-cases.ts';
import { inUseCases } from './receiver-in-use-cases.ts';
import { keptCases } from './receiver-kept-cases.ts';
import { smallFileCases } from './receiver-small-file-cases.ts';
import { startModel, startReal } from './receiver-under-test.ts';

const cases: readonly ReceiverCase[] = [
  {
    name: 'the first writer has the first epoch, and nobody was before it',
    run: (receiver) => take(receiver),
    expected: [1, false, null],
  },
  {
    name: 'a holder renews its epoch, a new connection of it has the next, and nobody wrote between',
    run: async (receiver) => [
      await take(receiver),
      await take(receiver, { epoch: 1 }),
      await take(receiver, { epoch: 1, fresh: true }),
      await take(receiver, { epoch: 2, fresh: true }),
      // Its answer was lost on the way.
      await take(receiver, { epoch: 2, fresh: true }),
    ],
    expected: [
      [1, false, null],
      [1, true, null],
      [2, true, null],
      [3, true, null],
      [4, true, null],
    ],
  },
  {
    name: 'another writer waits for the lease, unless it was released or is taken over',
    run: async (receiver) => [
      await take(receiver),
      await take(receiver, { holder: 'b' }),
      await take(receiver, { holder: 'b', takeOver: true }),
      await take(receiver, { epoch: 1 }),
      await orWord(receiver.releaseLease(1)),
      await receiver.releaseLease(2),
      await take(receiver),
    ],
    expected: [
      [1, false, null],
      'LeaseHeld',
      [2, false, null],
      'StaleEpoch',
      'StaleEpoch',
      undefined,
      [3, false, null],
    ],
  },
  {
    name: 'a writer that begins anew has a new epoch, and can not say that nobody wrote between',
    run: async (receiver) => [await take(receiver), await take(receiver), await take(receiver, { epoch: 1 })],
    expected: [[1, false, null], [2, false, null], 'StaleEpoch'],
  },
  {
    name: 'whose data a volume holds counts as soon as it holds any',
    run: async (receiver) => {
      const of = (id: string, more: Partial<LeaseRequest> = {}) =>
        take(receiver, { takeOver: true, lineage: { id }, ...more });
      const empty = [await of('one'), await of('two')];
      receiver.disk.file('file', ['data']);
      return [...empty, await of('one'), await of('two'), await of('one', { adopt: true }), await of('two')];
    },
    expected: [
      [1, false, 'one'],
      [2, false, 'two'],
      'OtherSource',
      [3, false, 'two'],
      [4, false, 'one'],
      'OtherSource',
    ],
  },
  {
    name: 'who wrote in an epoch that has ended changes nothing',
    run: async (receiver) => {
      await begin(receiver);
      await receiver.takeLease(asking({ holder: 'b', takeOver: true }));
      return [
        await orWord(rename(receiver, 'file', 'other')),
        await orWord(remove(receiver, 'file')),
        await orWord(receiver.reportPosition({ position: position(5), lagMs: 0 })),
        receiver.disk.paths().includes('file'),
      ];
    },
    expected: ['StaleEpoch', 'StaleEpoch', 'StaleEpoch', true],
  },
  {
    name: 'a rename does what rename(2) does, and makes the directories that lead to the new name',
    run: async (receiver) => {
      await begin(receiver);
      return [
        await rename(receiver, 'nothing', 'other'),
        await rename(receiver, 'file', 'd/f/below'),
        await rename(receiver, 'd', 'd/e/below'),
        await rename(receiver, 'file', 'd'),
        await rename(receiver, 'd', 'file'),
        await rename(receiver, 'empty', 'd'),
        await rename(receiver, 'file', 'link/below'),
        await rename(receiver, 'd', 'empty'),
        await rename(receiver, 'file', 'new/deep/file'),
        await rename(receiver, 'nothing', 'never/made'),
        await rename(receiver, 'link', 'new/link'),
        receiver.disk.paths().sort(),
      ];
    },
    expected: [
      ...['not', 'not', 'not', 'not', 'not', 'not', 'not', 'renamed', 'renamed', 'not', 'renamed'],
      ['empty', 'empty/e', 'empty/e/g', 'empty/f', 'new', 'new/deep', 'new/deep/file', 'new/link'],
    ],
  },
  {
    name: 'a rename says whether what is there now is what was expected',
    run: async (receiver) => {
      await begin(receiver);
      const moved = await rename(receiver, 'd', 'moved', 'd');
      const other = await rename(receiver, 'moved/f', 'other', 'file');
      return [moved, other, await rename(receiver, 'file', 'again', 'file')];
    },
    expected: ['matches', 'renamed', 'matches'],
  },
  {
    name: 'a deletion takes all that is below, and what is not there is deleted',
    run: async (receiver) => {
      await begin(receiver);
      return [
        await remove(receiver, 'd', 'nothing', 'd/f', 'file/below', 'link', 'nothing/below'),
        receiver.disk.paths().sort(),
      ];
    },
    expected: [
      [true, true, true, true, true, true],
      ['empty', 'file'],
    ],
  },
  {
    name: 'a deletion beyond a link leaves alone what it leads to',
    run: async (receiver) => {
      await begin(receiver);
      await remove(receiver, 'link/f', 'link/e/g');
      return receiver.disk
        .paths()
        .filter((path) => path.startsWith('d/'))
        .sort();
    },
    expected: ['d/e', 'd/e/g', 'd/f'],
  },
  {
    name: 'a position and the note beside it are what the next writer is told, also after a new start',
    run: async (receiver) => {
      await begin(receiver);
      const first = await receiver.reportPosition({ position: position(7), lagMs: 0, note: 'note' });
      await receiver.reportPosition({ position: position(9), lagMs: 0 });
      const before = await receiver.takeLease(asking({ epoch: 1 }));
      await receiver.restart();
      const after = await receiver.takeLease(asking({ epoch: 1, fresh: true }));
      return [
        first.position,
        ...[before, after].map(({ position: at, note, epoch, continues }) => [at, note, epoch, continues]),
        life(before)[0] === life(after)[0],
        life(before)[1] === life(after)[1],
        life(first).join() === life(before).join(),
      ];
    },
    expected: [position(7), [position(9), 'note', 1, true], [position(9), 'note', 2, true], true, false, true],
  },
  {
    name: 'a new start keeps the lease: another writer waits as before',
    run: async (receiver) => {
      await begin(receiver);
      await receiver.restart();
      return [await take(receiver, { holder: 'b' }), await take(receiver, { epoch: 1 })];
    },
    expected: ['LeaseHeld', [1, true, null]],
  },
  {
    name: 'an epoch ends with the boot of the machine, and the next one of its writer goes on from it',
    run: async (receiver) => {
      await begin(receiver);
      await receiver.reportPosition({ position: position(7), lagMs: 0 });
      await receiver.reboot();
      const refused = [
        await take(receiver, { epoch: 1, fresh: false }),
        await orWord(rename(receiver, 'file', 'other')),
        await orWord(remove(receiver, 'file')),
        await orWord(receiver.reportPosition({ position: position(9), lagMs: 0 })),
        await orWord(receiver.list({ epoch: 1, directories: [] })),
        await orWord(receiver.releaseLease(1)),
      ];
      const again = await receiver.takeLease(asking({ epoch: 1, fresh: true }));
      await receiver.restart();
      return [
        ...new Set(refused),
        receiver.disk.paths().includes('file'),
        [again.epoch, again.continues, again.position],
        await take(receiver, { epoch: 2, fresh: false }),
      ];
    },
    expected: ['NotReady', true, [2, true, position(7)], [2, true, null]],
  },
  {
    name: 'a writer that can not tell a renewal from a new connection gets another epoch after another boot',
    run: async (receiver) => {
      await take(receiver);
      await receiver.reboot();
      return [await take(receiver, { holder: 'b' }), await take(receiver, { epoch: 1 })];
    },
    expected: ['LeaseHeld', [2, false, null]],
  },
];

for (const { name, run, expected } of [...cases, ...inUseCases, ...smallFileCases, ...copyCases, ...keptCases]) {
  for (const [kind, start] of [
    ['the real one', startReal],
    ['the model', startModel],
  ] as const) {
    test(`receiver, ${kind}: ${name}`, async (t) => {
      const receiver = await start();
      t.after(() => receiver.close());
      assert.deepEqual(await run(receiver), expected);
    });
  }
}
