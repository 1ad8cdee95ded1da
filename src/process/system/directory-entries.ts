export interface DirectoryCalls {
  /** getdents64: the next entries of an open directory. @returns bytes, 0 at its end, or a negated errno */
  readDirectory(directory: number, into: Buffer): number;
}

/** What getdents64 says of an entry; `unknown` on file systems that don't tell. */
export type EntryType = 'directory' | 'file' | 'other' | 'unknown';

const typeAt = 18;
const nameAt = 19;
const directoryType = 4;
const fileType = 8;

/**
 * Calls `visit` for each entry but `.` and `..`, names as binary strings. With `directories` only those (and unknown
 * ones) are visited: no string is made for a file. `into` is the buffer to read through; the answer is 0 or a negated errno.
 */
export const readEntries = (
  calls: DirectoryCalls,
  directory: number,
  into: Buffer,
  which: 'all' | 'directories',
  visit: (name: string, type: EntryType) => void,
): number => {
  for (;;) {
    const length = calls.readDirectory(directory, into);
    if (length <= 0) return length;
    for (let at = 0; at < length; ) {
      const kind = into[at + typeAt] as number;
      if (which === 'all' || kind === directoryType || kind === 0) {
        const name = readName(into, at + nameAt);
        if (name !== '.' && name !== '..') visit(name, entryType(kind));
      }
      at += (into[at + 16] as number) | ((into[at + 17] as number) << 8);
    }
  }
};

const entryType = (kind: number): EntryType => {
  if (kind === directoryType) return 'directory';
  if (kind === fileType) return 'file';
  return kind === 0 ? 'unknown' : 'other';
};

const readName = (bytes: Buffer, start: number): string => {
  let end = start;
  while (bytes[end] !== 0) end++;
  return bytes.toString('latin1', start, end);
};
