import { none, type RsyncCase, some } from './rsync-case.ts';

/** What is deleted by name. */
export const deletingCases: readonly RsyncCase[] = [
  {
    name: 'a missing name is deleted where its directory is there',
    flavor: 'delete',
    list: ['d/gone'],
    source: some,
    target: (disk) => {
      some(disk);
      disk.file('d/gone', ['x']);
    },
    code: 0,
  },
  {
    name: 'names that a source of nothing lists are deleted, and nothing besides; for the directories that it has not it ends with exit 24',
    flavor: 'delete',
    list: ['top', 'd/g', 'd/e', '#x', 'none', 'no/ne'],
    source: none,
    target: (disk) => {
      some(disk);
      disk.file('top', ['x']);
      disk.file('#x', ['x']);
      disk.file('beside', ['x']);
    },
    code: 24,
  },
  {
    name: 'what has the name of a FIFO is there: it is not deleted',
    flavor: 'delete',
    list: ['pipe', 'd'],
    source: (disk) => {
      disk.fifo('pipe');
      disk.fifo('d');
    },
    target: (disk) => {
      some(disk);
      disk.file('pipe', ['a file']);
    },
    code: 0,
  },
  {
    name: 'a missing directory is deleted with all that is in it',
    flavor: 'delete',
    list: ['x'],
    source: some,
    target: (disk) => {
      some(disk);
      disk.directory('x');
      disk.directory('x/y');
      disk.file('x/y/z', ['x']);
    },
    code: 0,
  },
  {
    name: 'without --force a missing directory that holds something stays, with exit 0',
    flavor: 'delete',
    without: ['--force'],
    list: ['x'],
    source: some,
    target: (disk) => {
      disk.directory('x');
      disk.file('x/y', ['x']);
    },
    code: 0,
  },
  {
    name: 'a name to delete that is there is left as it is, but for its attributes',
    flavor: 'delete',
    list: ['d/g'],
    source: some,
    target: some,
    code: 0,
  },
];
