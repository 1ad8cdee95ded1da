import { Failure } from '../../src/process/failure.ts';
import { bindLibc, errnoOf, type LibcFunction, lastErrno } from '../../src/process/system/libc.ts';

interface XattrCalls {
  readonly list: LibcFunction;
  readonly get: LibcFunction;
}

let bound: XattrCalls | undefined;

const calls = (): XattrCalls => {
  bound ??= {
    list: bindLibc('int64_t llistxattr(const void *path, void *list, size_t size)'),
    get: bindLibc('int64_t lgetxattr(const void *path, const void *name, void *value, size_t size)'),
  };
  return bound;
};

/** Reads into a buffer that grows until the answer fits; undefined where there is nothing to read. */
function readAll(path: Buffer, call: (buffer: Buffer) => number): Buffer | undefined {
  for (let size = 1024; ; size *= 4) {
    const buffer = Buffer.alloc(size);
    const length = Number(call(buffer));
    if (length >= 0) return buffer.subarray(0, length);
    const errno = lastErrno();
    if (errno === errnoOf('ENOTSUP') || errno === errnoOf('ENODATA')) return undefined;
    if (errno !== errnoOf('ERANGE') || size > 1024 * 1024) {
      throw new Failure('XattrUnreadable', `read xattrs of ${JSON.stringify(path.toString('latin1'))}: errno ${errno}`);
    }
  }
}

/**
 * Extended attributes of a path itself (a symlink is not followed), names as binary strings; those of the kernel's
 * security modules are left out, since no copy keeps them. Linux only; see llistxattr(2).
 * @throws Failure `XattrUnreadable`
 */
export function readXattrs(path: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  if (process.platform !== 'linux') return found;
  const { list, get } = calls();
  const cPath = Buffer.concat([path, Buffer.of(0)]);
  const names = readAll(path, (buffer) => list(cPath, buffer, buffer.length))?.toString('latin1') ?? '';
  for (const name of names.split('\0').sort()) {
    if (name === '' || name.startsWith('security.')) continue;
    const cName = Buffer.from(`${name}\0`, 'latin1');
    const value = readAll(path, (buffer) => get(cPath, cName, buffer, buffer.length));
    if (value !== undefined) found.set(name, Buffer.from(value));
  }
  return found;
}
