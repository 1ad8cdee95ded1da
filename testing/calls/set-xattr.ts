import { bindLibc, lastErrno } from '../../src/process/system/libc.ts';

const word = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');

/** lsetxattr(2), or lremovexattr(2) where there is no value. Linux. */
export function setXattr(path: string, name: string, value: string | undefined): void {
  const result =
    value === undefined
      ? bindLibc('int lremovexattr(const void *path, const void *name)')(word(path), word(name))
      : bindLibc('int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)')(
          ...[word(path), word(name), Buffer.from(value, 'latin1'), value.length, 0],
        );
  if (result !== 0) throw new Error(`set ${name} of ${path}: errno ${lastErrno()}`);
}
