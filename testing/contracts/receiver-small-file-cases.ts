import { listDisk } from './disk.ts';
import { asking, begin, coded, orWord, type ReceiverCase } from './receiver-case.ts';
import type { ReceiverUnderTest } from './receiver-under-test.ts';

/** As `stampAll` gives: before anything that happens now. */
const stampedMs = 1_600_000_500_000;

const small = (receiver: ReceiverUnderTest, path: string, pieces: readonly string[], mode = 0o640) => ({
  path: coded(path),
  content: receiver.contentOf(pieces),
  mode,
  mtimeNs: `${stampedMs}000000`,
});

const directory = (path: string, mode?: number) => ({
  path: coded(path),
  mtimeNs: `${stampedMs + 1_000}000000`,
  ...(mode === undefined ? {} : { mode }),
});

type Files = ReturnType<typeof small>[];

/** Which files and which directories were written; or the word of the refusal. */
const write = (
  receiver: ReceiverUnderTest,
  files: Files,
  directories: ReturnType<typeof directory>[] = [],
  epoch = 1,
) =>
  orWord(
    receiver
      .writeSmallFiles({ epoch, files, directories })
      .then((answer) => [answer.results, answer.directories].map((all) => all.map(({ written }) => written))),
  );

const at = (receiver: ReceiverUnderTest, ...paths: readonly string[]): string[] =>
  listDisk(receiver.disk).filter((line) => paths.some((path) => line.startsWith(`${path}: `)));

/** Small files that come without rsync. */
export const smallFileCases: readonly ReceiverCase[] = [
  {
    name: 'small files arrive whole, new ones and in the place of others, and their directories have the times that were said',
    run: async (receiver) => {
      await begin(receiver);
      const files = [
        small(receiver, 'd/f', ['five', 'six'], 0o600),
        small(receiver, 'd/new', []),
        small(receiver, 'link', ['seven']),
      ];
      return [
        await write(receiver, files, [directory('d'), directory('empty', 0o700)]),
        at(receiver, 'd', 'd/f', 'd/new', 'link', 'empty'),
      ];
    },
    expected: [
      [
        [true, true, true],
        [true, true],
      ],
      [
        'd: directory 755 501000',
        'd/f: file [five,six] 600 500000 d/f',
        'd/new: file [] 640 500000 d/new',
        'empty: directory 700 501000',
        'link: file [seven] 640 500000 link',
      ],
    ],
  },
  {
    name: 'a file of several names loses one of them to what comes in its place',
    run: async (receiver) => {
      await begin(receiver);
      receiver.disk.link('file', 'other');
      return [await write(receiver, [small(receiver, 'file', ['five'])]), at(receiver, 'file', 'other').map(namesIn)];
    },
    expected: [
      [[true], []],
      ['[five] file', '[four] other'],
    ],
  },
  {
    name: 'what has no directory, or is one, is left to rsync, and so is what lies beyond a link; the rest is written',
    run: async (receiver) => {
      await begin(receiver);
      const paths = ['none/f', 'd', 'file/below', 'link/new', 'd/e/new'];
      return [
        await write(
          receiver,
          paths.map((path) => small(receiver, path, ['five'])),
          [directory('none'), directory('file'), directory('d/e')],
        ),
        receiver.disk.paths().sort(),
      ];
    },
    expected: [
      [
        [false, false, false, false, true],
        [false, false, true],
      ],
      ['d', 'd/e', 'd/e/g', 'd/e/new', 'd/f', 'empty', 'file', 'link'],
    ],
  },
  {
    name: 'a directory keeps no attributes that are not told of: it is left to rsync, but for its time alone',
    run: async (receiver) => {
      await begin(receiver);
      receiver.disk.setXattr('d', 'of old');
      return [
        await write(receiver, [], [directory('d', 0o700), directory('empty', 0o700)]),
        await write(receiver, [], [directory('d')]),
        at(receiver, 'd', 'empty'),
      ];
    },
    expected: [
      [[], [false, true]],
      [[], [true]],
      ['d: directory 755 501000 of old', 'empty: directory 700 501000'],
    ],
  },
  {
    name: 'small files of a writer whose epoch has ended, or of one whose target is in use, are refused',
    run: async (receiver) => {
      await begin(receiver);
      await receiver.takeLease(asking({ epoch: 1, fresh: true }));
      const former = await write(receiver, [small(receiver, 'file', ['five'])]);
      await receiver.promote({ lineage: { id: 'use' }, by: 'somebody' });
      const inUse = await write(receiver, [small(receiver, 'file', ['five'])], [], 2);
      return [former, inUse, at(receiver, 'file').map(namesIn)];
    },
    expected: ['StaleEpoch', 'Promoted', ['[four] file']],
  },
];

/** Content and names alone. */
function namesIn(line: string): string {
  const [, content = '', names = ''] = /file (\[.*\]) \S+ \S+ (\S+)$/.exec(line) ?? [];
  return `${content} ${names}`;
}
