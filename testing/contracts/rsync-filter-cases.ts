import type { Disk } from './disk.ts';
import { none, type RsyncCase, some } from './rsync-case.ts';

/** Directories with a kept and a left out entry each. */
const mixed = (disk: Disk): void => {
  for (const directory of ['d', 'd/cache', 'e']) disk.directory(directory);
  for (const path of ['d/kept', 'd/cache/left', 'd/note.tmp', 'e/note.tmp', 'top.tmp']) disk.file(path, [path]);
};

const exclude = ['*.tmp', 'cache/'];

/** What is left out, at the source and at the target. */
export const filterCases: readonly RsyncCase[] = [
  {
    name: 'a comparison names nothing that is left out, on either side',
    flavor: 'compare',
    exclude,
    list: [''],
    source: mixed,
    target: (disk) => {
      disk.directory('e');
      disk.file('e/other.tmp', ['x']);
      disk.file('e/other', ['x']);
    },
    code: 0,
  },
  {
    name: 'a comparison of a subtree that is left out compares nothing',
    flavor: 'compare',
    exclude,
    list: ['d/cache'],
    source: mixed,
    target: none,
    code: 0,
  },
  {
    name: 'a directory that the source has no more stays for what is spared in it',
    flavor: 'compare',
    exclude,
    list: [''],
    source: none,
    target: mixed,
    code: 0,
  },
  {
    name: 'what is left out stands in the way of another type',
    flavor: 'compare',
    exclude,
    list: [''],
    source: (disk) => disk.file('d', ['a file']),
    target: mixed,
    code: 23,
  },
  {
    name: 'an exception is content, and what is beside it is not',
    flavor: 'compare',
    include: ['/d/e/', '/d/e/**'],
    exclude: ['/d/*'],
    list: [''],
    source: some,
    target: (disk) => {
      disk.directory('d');
      disk.file('d/other', ['x']);
    },
    code: 0,
  },
  {
    name: 'a missing directory is deleted but for what is spared in it',
    flavor: 'delete',
    exclude,
    list: ['d', 'gone'],
    source: none,
    target: (disk) => {
      mixed(disk);
      disk.directory('gone');
      disk.file('gone/x', ['x']);
    },
    code: 0,
  },
  {
    name: 'a listed name that is left out is neither deleted nor sent',
    flavor: 'delete',
    exclude,
    list: ['top.tmp', 'd/note.tmp'],
    source: (disk) => {
      disk.directory('d');
      disk.file('d/note.tmp', ['source'], 0o600);
    },
    target: mixed,
    code: 0,
  },
];
