import type { RsyncCase } from './rsync-case.ts';

/** Extended attributes of users. */
export const xattrCases: readonly RsyncCase[] = [
  {
    name: 'extended attributes are set with a content, and alone without reading',
    flavor: 'attributes',
    list: ['a', 'b', 'd', 'e'],
    source: (disk) => {
      for (const path of ['a', 'b', 'e']) disk.file(path, ['same']);
      disk.directory('d');
      for (const path of ['a', 'd', 'e']) disk.setXattr(path, 'new');
    },
    target: (disk) => {
      for (const path of ['a', 'b']) disk.file(path, ['same']);
      disk.directory('d');
      for (const path of ['b', 'd']) disk.setXattr(path, 'old');
    },
    code: 0,
  },
  {
    name: 'a content that is sent whole comes with its extended attributes, and without those that were there',
    flavor: 'content',
    list: ['a', 'b'],
    source: (disk) => {
      for (const path of ['a', 'b']) disk.file(path, ['new']);
      disk.setXattr('a', 'new');
    },
    target: (disk) => {
      disk.file('b', ['old']);
      disk.setXattr('b', 'old');
    },
    code: 0,
  },
  {
    name: 'a comparison sees extended attributes that differ, and no other',
    flavor: 'compare',
    list: [''],
    source: (disk) => {
      for (const path of ['a', 'b', 'c']) disk.file(path, ['same']);
      disk.directory('d');
      for (const path of ['a', 'c', 'd']) disk.setXattr(path, 'one');
    },
    target: (disk) => {
      for (const path of ['a', 'b', 'c']) disk.file(path, ['same']);
      disk.directory('d');
      disk.setXattr('b', 'one');
      disk.setXattr('c', 'one');
    },
    code: 0,
  },
];
