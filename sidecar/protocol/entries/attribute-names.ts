import { bindLibc, errnoOf, type LibcFunction, lastErrno } from '../../../src/process/system/libc.ts';

/** Of a label that the kernel gives to every file neither side makes a difference. */
const label = 'security.selinux';
const listBytes = 1_024;

let listxattr: LibcFunction | undefined;

/** Extended attributes and ACLs of what a path leads to, such as that of an open file; undefined where it can't be told. */
export const attributeNames = (path: string): readonly string[] | undefined => {
  listxattr ??= bindLibc('long listxattr(const void *path, void *list, size_t size)');
  const list = Buffer.alloc(listBytes);
  const length = Number(listxattr(Buffer.from(`${path}\0`), list, list.length));
  if (length === 0) return [];
  if (length < 0) return lastErrno() === errnoOf('ENOTSUP') ? [] : undefined;
  const names = list.toString('latin1', 0, length).split('\0');
  return names.filter((name) => name !== '' && name !== label);
};
