import { readFileSync } from 'node:fs';
import { bindLibc } from './libc.ts';

const dontNeed = 4; // MADV_DONTNEED, madvise(2)

/** A mapping of /proc/self/smaps: addresses in hexadecimal. */
interface Mapping {
  readonly start: string;
  readonly end: string;
  readonly permissions: string;
  readonly path: string;
  readonly fields: ReadonlyMap<string, number>;
}

/**
 * Gives back the pages of the Node binary that only its start needed: most of an idle agent's resident memory. They are clean
 * file pages; what is used again is mapped again from the page cache at its next use. A mapping with even one page of
 * its own (relocations) is left alone. Does nothing where the system can't tell.
 * @returns bytes given back
 */
export const trimProgramPages = (): number => {
  let smaps: string;
  try {
    smaps = readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return 0;
  }
  const madvise = bindLibc('int madvise(uint64_t address, size_t length, int advice)');
  let bytes = 0;
  for (const { start, end, fields } of parseSmaps(smaps).filter(isCleanProgram)) {
    const address = BigInt(`0x${start}`);
    if (madvise(address, Number(BigInt(`0x${end}`) - address), dontNeed) === 0)
      bytes += (fields.get('Rss') ?? 0) * 1024;
  }
  return bytes;
};

const isCleanProgram = ({ permissions, path, fields }: Mapping): boolean =>
  path === process.execPath &&
  (permissions === 'r-xp' || permissions === 'r--p') &&
  fields.get('Anonymous') === 0 &&
  fields.get('Private_Dirty') === 0 &&
  fields.get('Locked') === 0;

/** Figures are KiB. */
const parseSmaps = (text: string): Mapping[] => {
  const mappings: (Mapping & { fields: Map<string, number> })[] = [];
  for (const line of text.split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (head !== null) {
      const [, start = '', end = '', permissions = '', path = ''] = head;
      mappings.push({ start, end, permissions, path, fields: new Map() });
      continue;
    }
    const field = /^(\w+): +(\d+) kB$/.exec(line);
    if (field !== null) mappings.at(-1)?.fields.set(field[1] ?? '', Number(field[2]));
  }
  return mappings;
};
