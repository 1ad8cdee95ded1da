import { none, type RsyncCase, some } from './rsync-case.ts';

/** What is sent and made way for. */
export const sendingCases: readonly RsyncCase[] = [
  {
    name: 'a listed file brings the directories above it, with their attributes and nothing beside it',
    flavor: 'content',
    list: ['d/e/f'],
    source: some,
    target: none,
    code: 0,
  },
  {
    name: 'a listed directory is sent without what is in it',
    flavor: 'content',
    list: ['d'],
    source: some,
    target: none,
    code: 0,
  },
  {
    name: 'the root itself is no more than its attributes',
    flavor: 'content',
    list: [''],
    source: some,
    target: none,
    code: 0,
  },
  {
    name: 'a listed name that is missing is passed over without a word',
    flavor: 'content',
    list: ['d/none', 'd/g', 'x/y'],
    source: some,
    target: none,
    code: 0,
  },
  {
    name: 'the quick check misses a rewrite that keeps size and mtime',
    flavor: 'attributes',
    list: ['a'],
    source: (disk) => disk.file('a', ['new']),
    target: (disk) => disk.file('a', ['old']),
    code: 0,
  },
  {
    name: 'told to ignore times it sends that rewrite',
    flavor: 'content',
    list: ['a'],
    source: (disk) => disk.file('a', ['new']),
    target: (disk) => disk.file('a', ['old']),
    code: 0,
  },
  {
    name: 'a mode alone is set without reading',
    flavor: 'attributes',
    list: ['a', 'd'],
    source: (disk) => {
      disk.file('a', ['same'], 0o600);
      disk.directory('d', 0o700);
    },
    target: (disk) => {
      disk.file('a', ['same']);
      disk.directory('d');
    },
    code: 0,
  },
  {
    name: 'a directory makes way for a file',
    flavor: 'content',
    list: ['x'],
    source: (disk) => disk.file('x', ['file']),
    target: (disk) => {
      disk.directory('x');
      disk.file('x/y', ['below']);
    },
    code: 0,
  },
  {
    name: 'without --force a full directory makes no way, with exit 23',
    flavor: 'content',
    without: ['--force'],
    list: ['x'],
    source: (disk) => disk.file('x', ['file']),
    target: (disk) => {
      disk.directory('x');
      disk.file('x/y', ['below']);
    },
    code: 23,
  },
  {
    name: 'a directory makes way for a symlink, and a file for a directory',
    flavor: 'content',
    list: ['x', 'y/z'],
    source: (disk) => {
      disk.symlink('elsewhere', 'x');
      disk.directory('y');
      disk.file('y/z', ['z']);
    },
    target: (disk) => {
      disk.directory('x');
      disk.file('x/y', ['below']);
      disk.file('y', ['a file']);
    },
    code: 0,
  },
  {
    name: 'listed hard links are linked at the target',
    flavor: 'links',
    list: ['a', 'd/b', 'c'],
    source: (disk) => {
      disk.directory('d');
      disk.file('a', ['one']);
      disk.link('a', 'd/b');
      disk.link('a', 'c');
    },
    target: (disk) => {
      disk.file('a', ['old']);
      disk.file('c', ['old']);
    },
    code: 0,
  },
  {
    name: 'new names of a file whose content is there are linked, and its attributes set',
    flavor: 'newLinks',
    list: ['a', 'd/b', 'c'],
    source: (disk) => {
      disk.directory('d');
      disk.file('a', ['one'], 0o600);
      disk.link('a', 'd/b');
      disk.link('a', 'c');
    },
    target: (disk) => {
      disk.directory('d');
      disk.file('a', ['one']);
    },
    code: 0,
  },
  {
    name: 'new names of a file whose content differs by the same size and time are sent and linked',
    flavor: 'newLinks',
    list: ['a', 'c'],
    source: (disk) => {
      disk.file('a', ['new']);
      disk.link('a', 'c');
    },
    target: (disk) => disk.file('a', ['old']),
    code: 0,
  },
  {
    name: 'a content that is the same keeps a name that only the target has for it',
    flavor: 'newLinks',
    list: ['a', 'c'],
    source: (disk) => {
      disk.file('a', ['one']);
      disk.link('a', 'c');
      disk.file('x', ['one']);
    },
    target: (disk) => {
      disk.file('a', ['one']);
      disk.link('a', 'x');
    },
    code: 0,
  },
  {
    name: 'listed hard links of a symlink are linked at the target',
    flavor: 'links',
    list: ['a', 'd/b', 'c'],
    source: (disk) => {
      disk.directory('d');
      disk.symlink('one', 'a');
      disk.link('a', 'd/b');
      disk.link('a', 'c');
    },
    target: (disk) => {
      disk.symlink('other', 'a');
      disk.symlink('one', 'c');
    },
    code: 0,
  },
  {
    name: 'a name of a linked file that is sent alone parts from the others',
    flavor: 'content',
    list: ['a'],
    source: (disk) => {
      disk.file('a', ['new']);
      disk.link('a', 'b');
    },
    target: (disk) => {
      disk.file('a', ['old']);
      disk.link('a', 'b');
    },
    code: 0,
  },
  {
    name: 'a file that has grown is appended to in place',
    flavor: 'append',
    list: ['a'],
    source: (disk) => disk.file('a', ['one', 'two', 'three']),
    target: (disk) => disk.file('a', ['one']),
    code: 0,
  },
  {
    name: 'a file that is as long at the target is passed over by an append, without a word',
    flavor: 'append',
    list: ['a'],
    source: (disk) => disk.file('a', ['one', 'two']),
    target: (disk) => disk.file('a', ['ONE', 'TWO']),
    code: 0,
  },
  {
    name: 'an append to another beginning sends the whole',
    flavor: 'append',
    list: ['a'],
    source: (disk) => disk.file('a', ['one', 'two']),
    target: (disk) => disk.file('a', ['ONE']),
    code: 0,
  },
];
