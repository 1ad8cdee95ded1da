import { none, type RsyncCase } from './rsync-case.ts';

/** What changes at the source between the list and the reading. */
export const raceCases: readonly RsyncCase[] = [
  {
    name: 'a file that went after the list was made has vanished: exit 24',
    flavor: 'content',
    list: ['a', 'b'],
    source: (disk) => {
      disk.file('a', ['a']);
      disk.file('b', ['b']);
    },
    target: (disk) => disk.file('a', ['old a']),
    between: (disk) => disk.remove('a'),
    code: 24,
  },
  {
    name: 'a file that was written after the list was made arrives with its new content and its old time, with exit 0',
    flavor: 'content',
    list: ['a'],
    source: (disk) => disk.file('a', ['one', 'two']),
    target: none,
    between: (disk) => disk.write('a', 0, 'ONE'),
    code: 0,
  },
  {
    name: 'a file that grew after the list was made arrives whole with its old time',
    flavor: 'content',
    list: ['a'],
    source: (disk) => disk.file('a', ['one']),
    target: none,
    between: (disk) => disk.write('a', 1, 'two'),
    code: 0,
  },
  {
    name: 'a file that was cut after the list was made arrives cut',
    flavor: 'content',
    list: ['a'],
    source: (disk) => disk.file('a', ['one', 'two']),
    target: none,
    between: (disk) => disk.truncate('a', 1),
    code: 0,
  },
  {
    name: 'another file under the name arrives with the mode and time of the first',
    flavor: 'content',
    list: ['a'],
    source: (disk) => disk.file('a', ['one'], 0o600),
    target: none,
    between: (disk) => {
      disk.remove('a');
      disk.file('a', ['another'], 0o644);
    },
    code: 0,
  },
  {
    name: 'a file that became a directory can not be read: exit 23',
    flavor: 'content',
    list: ['a', 'b'],
    source: (disk) => {
      disk.file('a', ['a']);
      disk.file('b', ['b']);
    },
    target: none,
    between: (disk) => {
      disk.remove('a');
      disk.directory('a');
    },
    code: 23,
  },
  {
    name: 'a name that is made after the list was made is deleted all the same',
    flavor: 'delete',
    list: ['a'],
    source: (disk) => disk.file('b', ['b']),
    target: (disk) => disk.file('a', ['old']),
    between: (disk) => disk.file('a', ['new']),
    code: 0,
  },
];
