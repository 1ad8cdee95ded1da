import { listDisk, pieceBytes } from './disk.ts';
import { asking, begin, coded, orWord, type ReceiverCase } from './receiver-case.ts';
import type { ReceiverUnderTest } from './receiver-under-test.ts';

const copiedMs = 1_600_000_500_000;

/** Whether each was copied; or the word of the refusal. `[from, to, what it has to hold]` */
const copy = (receiver: ReceiverUnderTest, ...wanted: readonly (readonly [string, string, readonly string[]])[]) =>
  orWord(
    receiver
      .copy({
        epoch: 1,
        copies: wanted.map(([from, to, pieces]) => ({
          from: coded(from),
          to: coded(to),
          size: pieces.length * pieceBytes,
          digest: receiver.digestOf(pieces),
          mtime: `${copiedMs}000000`,
        })),
      })
      .then(({ results }) => results.map(({ copied }) => copied)),
  );

const files = (receiver: ReceiverUnderTest): string[] =>
  listDisk(receiver.disk).filter((line) => / file \[/.test(line));

/** What a receiver copies of what it has. */
export const copyCases: readonly ReceiverCase[] = [
  {
    name: 'a copy is a file of its own with the time that was said, and the directories that lead to it are made',
    run: async (receiver) => {
      await begin(receiver);
      const done = await copy(receiver, ['d/e/g', 'new/deep/g', ['two', 'three']]);
      receiver.disk.write('new/deep/g', 1, 'four');
      receiver.disk.stamp('new/deep/g', copiedMs);
      return [
        done,
        files(receiver)
          .filter((line) => line.includes('g: '))
          .map(withoutTime),
      ];
    },
    expected: [[true], ['d/e/g: file [two,three] 644', 'new/deep/g: file [two,four] 600']],
  },
  {
    name: 'nothing is replaced, and nothing is made of what is not there or is not what it has to be',
    run: async (receiver) => {
      await begin(receiver);
      const before = files(receiver);
      const done = await copy(
        receiver,
        ['file', 'd/f', ['four']],
        ['file', 'link', ['four']],
        ['file', 'new', ['five']],
        ['file', 'new', ['four', 'five']],
        ['none', 'new', ['four']],
        ['d', 'new', []],
        ['link', 'new', ['four']],
        ['link/f', 'new', ['one']],
        ['file', 'file/new', ['four']],
        ['file', 'link/new', ['four']],
      );
      return [done, files(receiver).join() === before.join()];
    },
    expected: [[false, false, false, false, false, false, false, false, false, false], true],
  },
  {
    name: 'who wrote in an epoch that has ended has nothing copied',
    run: async (receiver) => {
      await begin(receiver);
      await receiver.takeLease(asking({ epoch: 1, fresh: true }));
      return [await copy(receiver, ['file', 'new', ['four']]), receiver.disk.paths().includes('new')];
    },
    expected: ['StaleEpoch', false],
  },
];

/** Path, content and mode alone. */
const withoutTime = (line: string): string => line.split(' ').slice(0, -2).join(' ');
