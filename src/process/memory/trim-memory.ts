import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bindLibc } from '../system/libc.ts';

const dontNeed = 4; // MADV_DONTNEED, madvise(2)

/** A mapping of /proc/self/smaps: addresses in hexadecimal, figures in KiB. */
interface Mapping {
  readonly start: string;
  readonly end: string;
  readonly fields: ReadonlyMap<string, number>;
}

type Madvise = ReturnType<typeof bindLibc>;

type Collect = (how: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

/** V8's own collector; a flag lets it be asked, and no code of others sees it. */
const exposeCollector = (): Collect => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
};

let collect: Collect | undefined;

/**
 * Collects what is garbage and gives back what is free: V8 keeps a young generation of up to 64 MiB once it has grown, and libc
 * what threads that rest have freed. Takes some tens of ms.
 */
export const giveBackFree = (): void => {
  collect ??= exposeCollector();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  if (process.platform === 'linux') bindLibc('int malloc_trim(size_t pad)')(0);
};

/**
 * Makes what gives back the pages of the Node binary that only its start needed: most of an idle agent's resident memory.
 * They are clean file pages; what is used again is mapped again from the page cache at its next use. A mapping with even
 * one page of its own (relocations) is left alone. Does nothing where the system can't tell.
 */
export const createProgramTrimmer = (): (() => void) => {
  // Looked up once: nothing can dirty a mapping that may only be read.
  let found: { readonly mappings: readonly Mapping[]; readonly madvise: Madvise } | undefined;
  return () => {
    const mappings = found?.mappings ?? mappingsOfProgram().filter(isClean);
    if (mappings.length === 0) return;
    found ??= { mappings, madvise: bindLibc('int madvise(uint64_t address, size_t length, int advice)') };
    for (const { start, end } of mappings) {
      const address = BigInt(`0x${start}`);
      found.madvise(address, Number(BigInt(`0x${end}`) - address), dontNeed);
    }
  };
};

const isClean = ({ fields }: Mapping): boolean =>
  fields.get('Anonymous') === 0 && fields.get('Private_Dirty') === 0 && fields.get('Locked') === 0;

/** The mappings of Node's binary that nobody writes to; hundreds of others are passed over unread. */
const mappingsOfProgram = (): Mapping[] => {
  const heads = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \S+ +(\/.*)\n((?:\w+: .*\n)+)/gm;
  return [...readSmaps().matchAll(heads)]
    .filter(([, , , path]) => path === process.execPath)
    .map(([, start = '', end = '', , text = '']) => {
      const fields = text.matchAll(/^(\w+): +(\d+) kB$/gm);
      return { start, end, fields: new Map([...fields].map(([, name = '', figure]) => [name, Number(figure)])) };
    });
};

const readSmaps = (): string => {
  try {
    return readFileSync('/proc/self/smaps', 'latin1');
  } catch {
    return '';
  }
};
