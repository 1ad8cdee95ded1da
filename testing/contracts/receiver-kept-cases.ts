import { begin, coded, orWord, type ReceiverCase } from './receiver-case.ts';
import type { ReceiverUnderTest } from './receiver-under-test.ts';

const keep = { id: 'mass', reason: 'Mass', forMs: 60_000 };

const remove = async (receiver: ReceiverUnderTest, ...paths: readonly string[]): Promise<boolean[]> => {
  const { results } = await receiver.delete({ epoch: 1, paths: paths.map(coded), keep });
  return results.map(({ deleted }) => deleted);
};

/** What is told of, but for when. */
const told = async (receiver: ReceiverUnderTest): Promise<unknown> =>
  (await receiver.listKept()).kept.map(({ id, reason, count, samples, since, until }) => [
    ...[id, reason, count, until - since],
    samples.map((path) => Buffer.from(path, 'base64url').toString('latin1')),
  ]);

const undelete = (receiver: ReceiverUnderTest): Promise<unknown> =>
  orWord(receiver.undelete({ epoch: 1, id: keep.id }));

/** Masses of deletions that are kept, and put back. */
export const keptCases: readonly ReceiverCase[] = [
  {
    name: 'a mass that is kept is told of, and comes back but for what is taken, which stays',
    run: async (receiver) => {
      await begin(receiver);
      const removed = [await remove(receiver, 'd/e/g', 'file'), await remove(receiver, 'd', 'link')];
      const before = await told(receiver);
      receiver.disk.file('file', ['new']);
      const back = await undelete(receiver);
      return [...removed, before, back, receiver.disk.paths().sort(), ((await told(receiver)) as unknown[]).length];
    },
    expected: [
      [true, true],
      [true, true],
      [['mass', 'Mass', 4, 60_000, ['d/e/g', 'file', 'd', 'link']]],
      { restored: 3, failed: [{ path: coded('file'), reason: 'Taken' }], failedCount: 1 },
      ['d', 'd/e', 'd/e/g', 'd/f', 'empty', 'file', 'link'],
      1,
    ],
  },
  {
    name: 'directories that are missing are made for what is put back, and for nothing else',
    run: async (receiver) => {
      await begin(receiver);
      await remove(receiver, 'd/e/g', 'nothing/below', 'file/below');
      await receiver.delete({ epoch: 1, paths: [coded('d')] });
      const back = await undelete(receiver);
      return [back, receiver.disk.paths().sort(), await told(receiver), await undelete(receiver)];
    },
    expected: [
      { restored: 1, failed: [], failedCount: 0 },
      ['d', 'd/e', 'd/e/g', 'empty', 'file', 'link'],
      [],
      'NotKept',
    ],
  },
  {
    name: 'what is kept outlives a new start',
    run: async (receiver) => {
      await begin(receiver);
      await remove(receiver, 'd', 'nothing');
      await receiver.restart();
      return [await told(receiver), await undelete(receiver), receiver.disk.paths().sort()];
    },
    expected: [
      [['mass', 'Mass', 1, 60_000, ['d', 'nothing']]],
      { restored: 1, failed: [], failedCount: 0 },
      ['d', 'd/e', 'd/e/g', 'd/f', 'empty', 'file', 'link'],
    ],
  },
];
