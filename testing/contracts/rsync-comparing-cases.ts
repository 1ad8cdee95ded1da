import { none, type RsyncCase, some } from './rsync-case.ts';

/** What a dry run says. */
export const comparingCases: readonly RsyncCase[] = [
  {
    name: 'a comparison names what is to be sent, to be set and to be deleted, the deepest first',
    flavor: 'compare',
    list: [''],
    source: (disk) => {
      some(disk);
      disk.file('new', ['x']);
      disk.directory('newd');
      disk.file('newd/x', ['x']);
      disk.file('mode', ['x'], 0o600);
      disk.symlink('here', 'link');
    },
    target: (disk) => {
      some(disk);
      disk.remove('d/g');
      disk.file('d/g', ['longer', 'than']);
      disk.directory('old');
      disk.directory('old/older');
      disk.file('old/older/f', ['x']);
      disk.file('mode', ['x']);
      disk.symlink('there', 'link');
    },
    code: 0,
  },
  {
    name: 'a comparison of a subtree says nothing of what lies beside it',
    flavor: 'compare',
    list: ['d'],
    source: some,
    target: (disk) => {
      some(disk);
      disk.file('beside', ['x']);
      disk.file('d/extra', ['x']);
    },
    code: 0,
  },
  {
    name: 'a comparison of a subtree that is gone fails, and names nothing',
    flavor: 'compare',
    list: ['gone', 'd'],
    source: some,
    target: (disk) => {
      some(disk);
      disk.directory('gone');
      disk.file('gone/x', ['x']);
    },
    code: 23,
  },
  {
    name: 'a comparison with hard links sees names that should be one file',
    flavor: 'compareLinks',
    list: [''],
    source: (disk) => {
      disk.file('a', ['one']);
      disk.link('a', 'b');
    },
    target: (disk) => {
      disk.file('a', ['one']);
      disk.file('b', ['one']);
    },
    code: 0,
  },
  {
    name: 'a comparison with hard links sees names that should be one symlink',
    flavor: 'compareLinks',
    list: [''],
    source: (disk) => {
      disk.symlink('one', 'a');
      disk.link('a', 'b');
      disk.link('a', 'c');
    },
    target: (disk) => {
      disk.symlink('one', 'a');
      disk.symlink('one', 'b');
    },
    code: 0,
  },
  {
    name: 'a comparison sees a type that differs',
    flavor: 'compare',
    list: [''],
    source: (disk) => {
      disk.file('x', ['x']);
      disk.directory('y');
    },
    target: (disk) => {
      disk.directory('x');
      disk.file('x/z', ['z']);
      disk.file('y', ['y']);
    },
    code: 0,
  },
  {
    name: 'lost+found at the top is nobody’s content',
    flavor: 'compare',
    list: [''],
    source: (disk) => disk.directory('lost+found'),
    target: (disk) => {
      disk.directory('lost+found');
      disk.file('lost+found/x', ['x']);
    },
    code: 0,
  },
  {
    name: 'a special file is named and left out',
    flavor: 'compare',
    list: [''],
    source: (disk) => disk.fifo('pipe'),
    target: none,
    code: 0,
  },
  {
    name: 'what has the name of a special file is not said to be too much',
    flavor: 'compare',
    list: [''],
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
];
