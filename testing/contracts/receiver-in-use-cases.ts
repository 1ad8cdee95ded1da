import type { ListedEntry } from '../../sidecar/protocol/verify.ts';
import { stampAll } from './disk.ts';
import { begin, coded, orWord, position, type ReceiverCase, remove, take } from './receiver-case.ts';

const use = { lineage: { id: 'use' }, by: 'somebody' };

/** What both sides say of an entry, but for who owns it. */
const said = ({ name, type, size, mtime, mode, link }: ListedEntry): string =>
  [Buffer.from(name, 'base64url').toString('latin1'), type, size, mtime, mode.toString(8), link ?? ''].join(' ').trim();

/** What is asked of a receiver by a comparison, and by who takes its replica into use. */
export const inUseCases: readonly ReceiverCase[] = [
  {
    name: 'nobody writes a volume that is in use: what was under way is stale, and who comes is told',
    run: async (receiver) => {
      await begin(receiver);
      await receiver.promote(use);
      return [
        await take(receiver, { epoch: 1 }),
        await take(receiver, { epoch: 1, fresh: true }),
        await take(receiver, { holder: 'b', takeOver: true }),
        await orWord(remove(receiver, 'file')),
        await orWord(receiver.reportPosition({ position: position(3), lagMs: 0 })),
        receiver.disk.paths().includes('file'),
      ];
    },
    expected: ['Promoted', 'Promoted', 'Promoted', 'Promoted', 'Promoted', true],
  },
  {
    name: 'a volume that is a target again has the source that it had, under an epoch that nobody had',
    run: async (receiver) => {
      await take(receiver, { lineage: { id: 'one' } });
      receiver.disk.file('file', ['data']);
      await receiver.promote(use);
      await receiver.promote(use);
      await receiver.demote({ by: 'somebody' });
      await receiver.demote({ by: 'somebody' });
      const of = (id: string, epoch: number) => take(receiver, { epoch, fresh: epoch > 0, lineage: { id } });
      return [await of('one', 1), await of('other', 0), await of('one', 0)];
    },
    expected: ['StaleEpoch', 'OtherSource', [4, false, 'one']],
  },
  {
    name: 'what a comparison is told of a directory, and of names in it',
    run: async (receiver) => {
      await begin(receiver);
      receiver.disk.chmod('d/f', 0o640);
      stampAll(receiver.disk);
      const { directories } = await receiver.list({
        epoch: 1,
        directories: [
          { path: coded('d') },
          { path: coded(''), names: [coded('file'), coded('link'), coded('none')] },
          { path: coded('none') },
          { path: coded('file') },
        ],
      });
      return directories.map(({ entries, reason }) => [reason, ...entries.map(said).sort()]);
    },
    expected: [
      [undefined, 'e directory 0 1600097658000000000 755', 'f file 1000 1600097659000000000 640'],
      [undefined, 'file file 1000 1600143036000000000 644', 'link symlink 0 1600321850000000000 777 ZA'],
      ['NotFound'],
      ['NotDirectory'],
    ],
  },
  {
    name: 'what a comparison is told of contents tells those that differ from those that do not',
    run: async (receiver) => {
      await begin(receiver);
      receiver.disk.file('same', ['four']);
      receiver.disk.file('twice', ['four', 'four']);
      const hashOf = async (path: string, from = 0): Promise<string> => {
        const asked = [{ path: coded(path), from, length: 1_000 }];
        const [piece] = (await receiver.hash({ epoch: 1, pieces: asked })).pieces;
        return piece?.hash ?? piece?.reason ?? '';
      };
      const four = await hashOf('file');
      return [
        (await hashOf('same')) === four,
        (await hashOf('twice')) === four,
        (await hashOf('twice', 1_000)) === four,
        (await hashOf('d/f')) === four,
        await hashOf('d'),
        await hashOf('none'),
      ];
    },
    expected: [true, true, true, false, 'NotFile', 'NotFound'],
  },
];
