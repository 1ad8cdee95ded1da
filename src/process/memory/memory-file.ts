import { closeSync, fchmodSync, writeSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { bindLibc, lastErrno } from '../system/libc.ts';

/** A text that other programs of this user open by a path, and that is on no disk and ends with this process. */
export interface MemoryFile {
  readonly path: string;
  close(): void;
}

const closeOnExec = 1;

/** As memfd_create(2) makes it; nobody but this user and root may read it. @throws Failure `MemoryFileUnavailable` */
export const makeMemoryFile = (name: string, text: string): MemoryFile => {
  const descriptor = bindLibc('int memfd_create(const char *name, unsigned int flags)')(name, closeOnExec) as number;
  if (descriptor < 0)
    throw new Failure('MemoryFileUnavailable', `make a file in memory: memfd_create failed with errno ${lastErrno()}`);
  fchmodSync(descriptor, 0o600);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  // Of another process the descriptor would be another.
  return { path: `/proc/${process.pid}/fd/${descriptor}`, close: () => closeSync(descriptor) };
};
